/**
 * gateway/serve/record-call — fills what is noted of a call: cheap enough for every one of them.
 *
 * Knows nothing of: who keeps it.
 */
import { shortText } from '../../base/index.ts';
import { type Answer, CallRecord, type CallScope } from '../../model/index.ts';
import type { Call } from './call.ts';

/** Of what a server says about a failure, so much is looked at. */
const saidBytes = 16 * 1024;

export function beginRecord({ scope, method, params }: Call, startedAt: number): CallRecord {
  const record = new CallRecord(scope.callId, scope.caller, method, startedAt, params?.byteLength ?? 0);
  record.traceId = traceIdIn(params?.object('_meta')?.text('traceparent'));
  return record;
}

export function noteTarget(record: CallRecord | undefined, shownName: string, originalName: string): void {
  if (record === undefined) return;
  record.shownName = shownName;
  record.originalName = originalName;
}

/** It reaches no server: the caller's view does not hold it. */
export function noteRefusal(record: CallRecord | undefined, code: string, shownName: string): void {
  if (record === undefined) return;
  record.shownName = shortText(shownName);
  record.outcome = 'refused';
  record.code = code;
}

export function noteFailure(record: CallRecord | undefined, code: string, said: string | undefined): void {
  if (record === undefined) return;
  record.outcome ??= 'error';
  record.code = code;
  record.said = said;
}

export function endRecord(record: CallRecord, answer: Answer, scope: CallScope, endedAt: number): void {
  record.endedAt = endedAt;
  record.progress = scope.progressCount ?? 0;
  record.firstToldAt = scope.firstToldAt ?? 0;
  record.asks = scope.asksAnswered;
  if (answer.kind === 'error') {
    record.outcome ??= record.server === undefined ? 'refused' : 'error';
    record.code ??= `rpc.${answer.error.code}`;
    record.said ??= answer.error.message;
    return;
  }
  record.resultBytes = answer.result.byteLength;
  record.outcome ??= answer.result.is('isError', 'true') ? 'tool-error' : 'ok';
  if (record.outcome === 'ok') {
    if (record.legEra === 'modern' || record.caller.client.era === 'modern') {
      if (answer.result.is('resultType', 'input_required')) record.outcome = 'asked';
    }
    return;
  }
  if (record.outcome === 'tool-error' && record.said === undefined && record.resultBytes <= saidBytes)
    record.said = answer.result
      .member('content')
      ?.elements()
      .map((part) => part.text('text'))
      .find((text) => text !== undefined && text !== '');
}

/** The second part of a W3C traceparent; undefined when it is none. */
function traceIdIn(traceparent: string | undefined): string | undefined {
  return traceparent === undefined
    ? undefined
    : /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-/.exec(traceparent)?.[1];
}
