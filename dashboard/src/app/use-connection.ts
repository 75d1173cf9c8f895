/** app/use-connection — whether the page hears from the daemon. */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Connection, Events } from './events.ts';

export const EventsContext = createContext<Events | undefined>(undefined);

export function useEvents(): Events {
  const events = useContext(EventsContext);
  if (events === undefined) throw new Error('there are no events outside of the application');
  return events;
}

export function useConnection(): Connection {
  const events = useEvents();
  return useSyncExternalStore(events.subscribe, events.connection);
}
