/**
 * scripts/docs/admin-api-page — docs/admin-api.md, from the table of routes.
 */
import {
  livePath,
  metricsPath,
  openApiPath,
  type RouteFacts,
  readyPath,
  routes,
} from '../../src/contract/index.ts';

const answers: Readonly<Record<RouteFacts['answer'], string>> = {
  json: 'JSON',
  empty: 'nothing',
  log: 'JSON; with `?follow=1` a JSON object per line, without end',
  events: 'server-sent events',
};

/** The whole page. */
export function renderAdminApiPage(): string {
  const rows = Object.values(routes).map(
    ({ method, path, says, successStatus, answer }) =>
      `| \`${method} ${path}\` | ${says} | ${successStatus}: ${answers[answer]} |`,
  );
  return `# Admin API

<!-- Generated from src/contract/routes.ts by \`npm run docs\`. Change the routes, not this page. -->

What \`mcpmux\` on the command line does, a program can do too. The API listens on a unix socket in a folder that only this
user can enter (on Windows on a named pipe); \`run/daemon.json\` in the data folder says where. Whoever can open the socket
may do everything, so no further credential is asked for.

\`\`\`sh
curl --unix-socket ~/.local/share/mcpmux/run/admin.sock http://localhost/api/v1/status
\`\`\`

The exact shapes are in the OpenAPI 3.1 document that the daemon serves at \`${openApiPath}\`.

| route | what it does | answer |
|---|---|---|
${rows.join('\n')}

\`:server\` is a server's id, name (in any case) or alias; \`:key\` a key's id or name; \`:tool\` the name that clients call it by.
Times are epoch milliseconds. What is not known is \`null\`.

Beside the versioned API: \`GET ${livePath}\` (the process answers), \`GET ${readyPath}\` (503 until clients are served),
\`GET ${metricsPath}\` (Prometheus text).

## Bodies

A body is JSON with \`Content-Type: application/json\`; anything else is refused with 415. Values of environment variables and
headers can be given, never read: answers hold their names. What looks like a secret in arguments or in a URL's query is
shown as \`…\`.

## Refusals

Every refusal is a problem document (RFC 9457, \`application/problem+json\`):

\`\`\`json
{
  "type": "urn:mcpmux:problem:gateway.no_such_server",
  "title": "Not found",
  "status": 404,
  "detail": "there is no server \\"githb\\"",
  "code": "gateway.no_such_server",
  "kind": "not-found",
  "nextStep": "did you mean: github"
}
\`\`\`

\`code\` is stable and meant for programs; \`detail\` and \`nextStep\` are for people. \`kind\` decides the status:

| kind | status |
|---|---|
| invalid | 400 (415 for a wrong content type) |
| unauthenticated | 401; 424 when it is a server that wants a sign-in |
| denied | 403 |
| not-found | 404 |
| conflict | 409 |
| too-large | 413 |
| cancelled | 499 |
| internal | 500 |
| unavailable | 503 |
| timeout | 504 |

A tool that ran and says \`isError\`, and a JSON-RPC error of a server, are outcomes of a call and no refusals: the status is 200.

## Events

\`GET /api/v1/events\` begins with an event \`stream.opened\` whose \`seq\` is the last one that happened before; read what you
show after it, and apply what follows. \`seq\` counts up by one in one life of the daemon. A reader that falls more than 1 MiB
behind is cut off; it connects again and reads anew.
`;
}
