/**
 * sign-in/public-routes — what a gateway with a public URL shows to browsers and providers: where a sign-in
 * comes back to, and the document that says who we are.
 *
 * Anybody may ask for both. A callback does something only with the state of an open sign-in, and the document holds
 * nothing that is not public.
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
/** The document changes with the settings only, that is with a restart. */
const documentMaxAgeSeconds = 3_600;

/** Both are parts of registrations at providers, so they stay as they are. */
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
    methods: ['GET'],
    bodyCapBytes: 0,
    contentTypes: [],
    // A browser comes here from the provider's page.
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
