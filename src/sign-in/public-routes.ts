/**
 * sign-in/public-routes — the routes of a gateway with a public URL: the callback, and the client metadata document.
 *
 * Both are public. A callback has an effect only with the state of an open sign-in, and the document contains nothing
 * secret.
 * Knows nothing of: who signs in to what.
 *
 * @see MCP 2026-07-28, basic/authorization/client-registration, "Client ID Metadata Documents"
 */
import {
  type Exchange,
  type HttpRoute,
  type RoutePolicy,
  sendJson,
  setAnswerHeaders,
} from '../http/index.ts';
import { clientMetadataDocument } from './client-metadata.ts';
import type { ResultPage } from './result-page.ts';

const callbackRoute = '/oauth/callback';
const documentRoute = '/oauth/client-metadata.json';
/** The document changes only with the settings, and these only with a restart. */
const documentMaxAgeSeconds = 3_600;

/** Registrations contain both, so they must not change. */
export interface PublicOAuthUrls {
  readonly redirectUri: string;
  readonly documentUrl: string;
}

/** @param publicUrl `https://HOST[:PORT]` */
export function publicOAuthUrls(publicUrl: string): PublicOAuthUrls {
  return { redirectUri: `${publicUrl}${callbackRoute}`, documentUrl: `${publicUrl}${documentRoute}` };
}

/** The routes for the port that clients use. */
export function publicOAuthRoutes(options: {
  readonly publicUrl: string;
  readonly clientName: string;
  takeCallback(parameters: URLSearchParams): Promise<ResultPage>;
}): readonly HttpRoute[] {
  const { redirectUri, documentUrl } = publicOAuthUrls(options.publicUrl);
  const document = JSON.stringify({
    ...clientMetadataDocument({
      clientName: options.clientName,
      clientMetadataUrl: documentUrl,
      documentRedirectUris: [redirectUri],
    }),
    client_uri: options.publicUrl,
  });
  const policy = (name: string): RoutePolicy => ({
    name,
    auth: 'public',
    rate: 'page',
    methods: ['GET'],
    bodyCapBytes: 0,
    contentTypes: [],
    // The provider's page sends the browser here.
    allowsNavigation: true,
  });
  return [
    {
      path: callbackRoute,
      policy: policy('oauth-callback'),
      async handle(exchange) {
        sendResultPage(exchange, await options.takeCallback(new URLSearchParams(exchange.query)));
      },
    },
    {
      path: documentRoute,
      policy: policy('oauth-client-metadata'),
      handle: (exchange) =>
        sendJson(exchange, 200, document, { 'cache-control': `max-age=${documentMaxAgeSeconds}` }),
    },
  ];
}

/** Shows a person how a sign-in has ended. */
export function sendResultPage({ response }: Exchange, page: ResultPage): void {
  setAnswerHeaders(response);
  response.writeHead(page.status, { ...page.headers, 'content-length': Buffer.byteLength(page.html) });
  response.end(page.html);
}
