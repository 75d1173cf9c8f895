/**
 * bench/targets/processes/lines — cuts a stream into lines, without joining what came whole.
 */

/** @param {(line: string) => void} onLine */
export function readLines(stream, onLine) {
  readLineBytes(stream, (bytes) => onLine(bytes.toString('utf8')));
}

/** @param {(line: Buffer) => void} onLine */
export function readLineBytes(stream, onLine) {
  let held = [];
  stream.on('data', (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      const end = chunk.subarray(from, at);
      from = at + 1;
      if (held.length === 0) onLine(end);
      else {
        held.push(end);
        const whole = Buffer.concat(held);
        held = [];
        onLine(whole);
      }
    }
    if (from < chunk.length) held.push(chunk.subarray(from));
  });
}
