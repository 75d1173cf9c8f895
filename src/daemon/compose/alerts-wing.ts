/**
 * daemon/compose/alerts-wing — what needs a person is brought to where they are.
 */
import { type AlertChannel, Alerts, commandChannel, webhookChannel } from '../../observe/index.ts';
import type { Foundation } from './foundation.ts';
import type { ObserveWing } from './observe-wing.ts';

export function openAlertsWing(
  { settings, closer, clock, events, logger, network }: Foundation,
  { problems }: ObserveWing,
): void {
  const { alertWebhook, alertCommand } = settings;
  const channels: AlertChannel[] = [
    ...(alertWebhook === undefined ? [] : [webhookChannel(alertWebhook, network)]),
    ...(alertCommand === undefined ? [] : [commandChannel(alertCommand)]),
  ];
  if (channels.length === 0) return;
  const alerts = closer.own(
    'alerts',
    new Alerts({
      channels,
      events,
      clock,
      logger: logger.child({ room: 'observe' }),
      changed: () => problems.changed(),
    }),
  );
  problems.register(alerts);
}
