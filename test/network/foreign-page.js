/**
 * network/foreign-page — what a page of another site can do to the daemon. Runs in that page; gives what it could read.
 *
 * In: { target: the daemon's origin, paths }. Forms, fetch in all modes, sendBeacon, images, scripts, frames, EventSource, WebSocket.
 */
globalThis.tryEverything = async (input) => {
  const { target } = input;
  const readable = [];
  const soon = (promise) =>
    Promise.race([promise, new Promise((resolve) => setTimeout(() => resolve(undefined), 400))]);
  const attempts = input.paths.map(async (path) => {
    const url = target + path;
    const note = (how) => void readable.push(`${how} ${path}`);
    const read = async (how, init) => {
      const answer = await fetch(url, { credentials: 'include', ...init }).catch(() => undefined);
      if (answer !== undefined && answer.type !== 'opaque') note(`${how} (${answer.status})`);
    };
    const json = { 'content-type': 'application/json' };
    await Promise.all([
      read('fetch', {}),
      read('fetch with a header', { headers: { 'x-mcpmux-proof': 'guess' } }),
      read('fetch POST', { method: 'POST', headers: json, body: '{}' }),
      read('fetch DELETE', { method: 'DELETE' }),
      read('fetch no-cors', { mode: 'no-cors' }),
      read('fetch no-cors POST', { mode: 'no-cors', method: 'POST', body: '{"name":"evil"}' }),
    ]);
    navigator.sendBeacon(url, new Blob(['{"name":"evil"}'], { type: 'text/plain' }));
    await soon(
      new Promise((resolve) => {
        const image = new Image();
        image.onload = () => {
          note('img');
          resolve();
        };
        image.onerror = () => resolve();
        image.src = url;
      }),
    );
    await soon(
      new Promise((resolve) => {
        const script = document.createElement('script');
        script.onload = () => {
          note('script');
          resolve();
        };
        script.onerror = () => resolve();
        script.src = url;
        document.body.append(script);
      }),
    );
    await soon(
      new Promise((resolve) => {
        const events = new EventSource(url, { withCredentials: true });
        events.onopen = () => {
          note('EventSource');
          resolve();
        };
        events.onerror = () => {
          events.close();
          resolve();
        };
      }),
    );
    await soon(
      new Promise((resolve) => {
        const socket = new WebSocket(url.replace(/^http/, 'ws'));
        socket.onopen = () => {
          note('WebSocket');
          resolve();
        };
        socket.onerror = () => resolve();
      }),
    );
    for (const enctype of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
      const frame = document.createElement('iframe');
      frame.name = `f${Math.random()}`;
      const form = document.createElement('form');
      Object.assign(form, { action: url, method: 'POST', target: frame.name, enctype });
      const field = document.createElement('input');
      Object.assign(field, { name: '{"name":"evil","x":"', value: '"}' });
      form.append(field);
      document.body.append(frame, form);
      form.submit();
    }
    const shown = document.createElement('iframe');
    shown.src = url;
    await soon(
      new Promise((resolve) => {
        shown.onload = () => resolve();
        document.body.append(shown);
      }),
    );
    try {
      if ((shown.contentDocument?.body.textContent ?? '') !== '') note('iframe');
    } catch {
      // Another origin: not readable.
    }
  });
  await Promise.all(attempts);
  return readable;
};
