/**
 * observe/explain/causes.test — words that servers and their runtimes say, and the cause behind them. A wrong verdict leaves a row.
 */
import { expect, it } from 'vitest';
import { findCause } from './causes.ts';

const process = { name: 'files', alias: 'files', isProcess: true, target: 'node server.js' };
const address = { name: 'docs', alias: 'docs', isProcess: false, target: 'https://docs.example/mcp' };

it.each([
  ['Error: connect ECONNREFUSED 127.0.0.1:5432', 'nothing-listens', 'nothing listens on 127.0.0.1:5432'],
  [
    'connection to server at "127.0.0.1", port 5432 failed: Connection refused',
    'nothing-listens',
    'nothing listens on 127.0.0.1:5432',
  ],
  ['getaddrinfo ENOTFOUND api.example.com', 'host-unknown', 'the name api.example.com is not known'],
  ["Error: Cannot find module '/opt/x.js'", 'file-missing', '/opt/x.js is not there'],
  ["python: can't open file '/opt/x.py': [Errno 2]", 'file-missing', '/opt/x.py is not there'],
  ['BRAVE_API_KEY is not set', 'key-missing', 'it was not given the variable BRAVE_API_KEY'],
  ['Please set the SLACK_BOT_TOKEN', 'key-missing', 'it was not given the variable SLACK_BOT_TOKEN'],
  [
    'Missing required environment variable: NOTION_TOKEN',
    'key-missing',
    'it was not given the variable NOTION_TOKEN',
  ],
  ['Error: Invalid API key', 'key-wrong', 'the key or password that it was given is not accepted'],
  [
    'Error: listen EADDRINUSE: address already in use 127.0.0.1:3000',
    'port-taken',
    'port 3000 is taken by another program',
  ],
  [
    'self-signed certificate in certificate chain',
    'certificate-unknown',
    'its certificate is from an authority that this machine does not know',
  ],
  ['certificate has expired', 'certificate-expired', 'its certificate has expired'],
])('%s', (said, id, because) => {
  expect(findCause([said], process)).toMatchObject({ id, because });
});

it.each([
  'server started in 401 ms',
  'listening on port 403',
  'DEBUG_MODE enabled',
  'Loaded 12 tools',
  'TypeError: x is not a function',
  'warning: the token cache is empty',
])('makes nothing of "%s"', (said) => {
  expect(findCause([said], process)).toBeUndefined();
});

it('keeps apart what we run and what we reach', () => {
  expect(findCause(['server "docs" answered HTTP 404: not found'], address)?.id).toBe('wrong-url');
  expect(findCause(['answered HTTP 404'], process)).toBeUndefined();
  expect(findCause(["ENOENT: no such file or directory, open '/x'"], address)).toBeUndefined();
});

it('gives a next step that can be typed where one of ours mends it', () => {
  expect(findCause(['BRAVE_API_KEY is required'], process)?.next).toBe(
    'mcpmux edit files -e BRAVE_API_KEY=-',
  );
  expect(
    findCause(['127.0.0.1:1 does not speak TLS'], { ...address, target: 'https://127.0.0.1:1/mcp' })?.next,
  ).toBe('mcpmux edit docs http://127.0.0.1:1/mcp');
});
