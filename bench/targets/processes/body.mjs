/**
 * bench/targets/processes/body — reads a request's body whole, and tells the parent that a port is open.
 */

/** @param {(body: Buffer) => void} onBody */
export function readBody(request, onBody) {
  let first;
  let all;
  request.on('data', (chunk) => {
    if (first === undefined) first = chunk;
    else if (all === undefined) all = [first, chunk];
    else all.push(chunk);
  });
  request.on('end', () => onBody(all === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(all)));
}

/** Listens on a free loopback port and prints `listening <port>`, which is what the runner waits for. */
export function listenAndTell(server) {
  // One client keeps its connections for a whole run.
  server.keepAliveTimeout = 300_000;
  server.listen(0, '127.0.0.1', () => process.stdout.write(`listening ${server.address().port}\n`));
  process.on('SIGTERM', () => process.exit(0));
}
