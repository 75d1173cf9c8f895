/** The dashboard: data through the admin client and its events only. */
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Events } from './app/events.ts';
import { queryClient } from './app/queries.ts';
import { router } from './app/router.tsx';
import { proof, unlockAddress } from './app/session.ts';
import { EventsContext } from './app/use-connection.ts';
import { ToastProvider } from './components/toasts.tsx';
import './styles/tokens.css';
import './styles/components.css';
import './styles/dashboard.css';

const place = document.getElementById('root');
// Nobody was let in from this browser yet: there is nothing to show.
if (proof() === '') location.replace(unlockAddress());
else if (place !== null) {
  const events = new Events(queryClient);
  void events.run();
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <EventsContext value={events}>
          <ToastProvider>
            <RouterProvider router={router} />
          </ToastProvider>
        </EventsContext>
      </QueryClientProvider>
    </StrictMode>,
  );
}
