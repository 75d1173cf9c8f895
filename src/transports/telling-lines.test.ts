/**
 * transports/telling-lines.test — what real programs leave on stderr, and the line a person needs of it.
 */
import { describe, expect, it } from 'vitest';
import { chooseTellingLines, shownLines } from './telling-lines.ts';

const ends: readonly [what: string, stderr: string, telling: string][] = [
  [
    'Node.js, a module that is not there',
    `node:internal/modules/cjs/loader:1148
  throw err;
  ^

Error: Cannot find module '/srv/index.js'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1145:15)
    at Module._load (node:internal/modules/cjs/loader:986:27) {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v20.20.2`,
    "Error: Cannot find module '/srv/index.js'",
  ],
  [
    'Node.js, an error of its own class and a message of two lines',
    `file:///srv/dist/index.js:10
    throw new ConfigError('x');
          ^

ConfigError: API_KEY is not set
Get one at https://example.com/keys
    at file:///srv/dist/index.js:10:11
    at ModuleJob.run (node:internal/modules/esm/module_job:222:25)

Node.js v22.1.0`,
    'ConfigError: API_KEY is not set',
  ],
  [
    'Node.js, the port taken',
    `node:events:497
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:9009
    at Server.setupListenHandle [as _listen2] (node:net:1817:16)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1796:8) {
  code: 'EADDRINUSE'
}

Node.js v20.20.2`,
    'Error: listen EADDRINUSE: address already in use 127.0.0.1:9009',
  ],
  [
    'npm, no such package',
    `npm error code E404
npm error 404 Not Found - GET https://registry.example.com/no-such-server - Not found
npm error 404
npm error 404  'no-such-server@*' is not in this registry.
npm error A complete log of this run can be found in: /home/me/.npm/_logs/x-debug-0.log`,
    'npm error 404 Not Found - GET https://registry.example.com/no-such-server - Not found',
  ],
  [
    'npm, no network',
    `npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error errno ENOTFOUND
npm error network request to https://registry.example.com/x failed, reason: getaddrinfo ENOTFOUND registry.example.com
npm error A complete log of this run can be found in: /home/me/.npm/_logs/y.log`,
    'npm error network request to https://registry.example.com/x failed, reason: getaddrinfo ENOTFOUND registry.example.com',
  ],
  [
    'npm, a code alone',
    'npm error code EACCES\nnpm error path /usr/lib\nnpm error errno -13',
    'npm error code EACCES',
  ],
  [
    'docker, an image that nobody may pull',
    `Unable to find image 'mcp/nothing:latest' locally
docker: Error response from daemon: pull access denied for mcp/nothing, repository does not exist

Run 'docker run --help' for more information`,
    'docker: Error response from daemon: pull access denied for mcp/nothing, repository does not exist',
  ],
  [
    'Python, a traceback',
    `Traceback (most recent call last):
  File "/srv/main.py", line 3, in <module>
    import httpx
ModuleNotFoundError: No module named 'httpx'`,
    "ModuleNotFoundError: No module named 'httpx'",
  ],
  [
    'Python, an error while another was handled',
    `Traceback (most recent call last):
  File "a.py", line 2, in load
    os.environ["TOKEN"]
KeyError: 'TOKEN'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 4, in <module>
    raise RuntimeError("TOKEN must be set") from None
RuntimeError: TOKEN must be set`,
    'RuntimeError: TOKEN must be set',
  ],
  [
    'Rust',
    `thread 'main' panicked at src/main.rs:12:5:
GITHUB_TOKEN is not set
note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace`,
    'GITHUB_TOKEN is not set',
  ],
  [
    'Go',
    `panic: missing DATABASE_URL

goroutine 1 [running]:
main.main()
	/src/main.go:9 +0x1d
exit status 2`,
    'panic: missing DATABASE_URL',
  ],
  [
    'Java',
    `Exception in thread "main" java.lang.IllegalStateException: no credentials
	at com.example.Main.main(Main.java:7)
	at java.base/Thread.run(Thread.java:829)`,
    'Exception in thread "main" java.lang.IllegalStateException: no credentials',
  ],
  [
    'a usage text',
    `error: required option '--token <token>' not specified

Usage: server [options]
Options:
  --token <token>
Try 'server --help' for help.`,
    "error: required option '--token <token>' not specified",
  ],
  [
    'words without any error',
    `Starting the server
BRAVE_API_KEY environment variable is required
`,
    'BRAVE_API_KEY environment variable is required',
  ],
  ['one line', 'no database here', 'no database here'],
  ['a bracket last', 'Invalid configuration\n[\n  {\n  }\n]', 'Invalid configuration'],
];

describe('chooseTellingLines', () => {
  it.each(ends)('R3 finds the reason of %s', (_, stderr, telling) => {
    const chosen = chooseTellingLines(stderr.split('\n'));
    expect(chosen.telling).toBe(telling);
    expect(chosen.shown).toContain(telling);
    expect(chosen.shown.length).toBeLessThanOrEqual(shownLines);
  });

  it.each(['', '\n\n', '}\n]', 'Node.js v20.20.2'])(
    'R3 says nothing where nothing was said: %j',
    (stderr) => {
      expect(chooseTellingLines(stderr.split('\n'))).toEqual({ telling: undefined, shown: [] });
    },
  );

  it('takes no time over 100 lines that nearly match everything', () => {
    const line = `${'A.'.repeat(2_000)}Error ${'not '.repeat(500)}`;
    const startedAt = performance.now();
    chooseTellingLines(Array.from({ length: 100 }, () => line));
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
