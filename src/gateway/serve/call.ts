/**
 * gateway/serve/call — a client's request on its way to an answer, without its wire shape.
 */
import { type JsonObject, shortText } from '../../base/index.ts';
import type { Answer, CallRecord, CallScope } from '../../model/index.ts';
import {
  internalError,
  invalidParams,
  methodNotFound,
  missingRequiredClientCapability,
  RawJson,
  type RpcErrorObject,
} from '../../protocol/index.ts';

export interface Call {
  readonly method: string;
  readonly params: RawJson | undefined;
  readonly scope: CallScope;
  /** What is noted of it; undefined where nobody wants to know. */
  readonly record?: CallRecord | undefined;
}

/** The same call with one param in place of another: a client's name becomes the server's. */
export function withParam(call: Call, key: string, value: RawJson | string): Call {
  const { method, params, scope, record } = call;
  const given = typeof value === 'string' ? RawJson.ofText(JSON.stringify(value)) : value;
  return { method, params: (params ?? noParams).with(key, given), scope, record };
}

const noParams = RawJson.ofByteText('{}');

export function resultAnswer(value: JsonObject): Answer {
  return { kind: 'result', result: RawJson.ofValue(value) };
}

export function errorAnswer(code: number, message: string, data?: RpcErrorObject['data']): Answer {
  return { kind: 'error', error: { code, message, ...(data !== undefined && { data }) } };
}

export function invalidParamsAnswer(message: string, data?: RpcErrorObject['data']): Answer {
  return errorAnswer(invalidParams, message, data);
}

export function unknownMethodAnswer(method: string): Answer {
  return errorAnswer(methodNotFound, `Method not found: ${shortText(method)}`);
}

/** A failure of our own, marked so that nobody takes it for the server's. */
export function gatewayFailure(message: string, reason: string, nextStep?: string): Answer {
  return errorAnswer(internalError, message, {
    source: 'gateway',
    reason,
    ...(nextStep !== undefined && { nextStep }),
    help: `mcpmux explain ${reason}`,
  });
}

/** The call needs to ask something that the client did not declare. @param required what it would have to declare */
export function lackingCapability(
  required: JsonObject,
  message = 'The call needs a capability that the client did not declare',
): Answer {
  return errorAnswer(missingRequiredClientCapability, message, { requiredCapabilities: required });
}
