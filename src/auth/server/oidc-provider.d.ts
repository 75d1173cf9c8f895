/**
 * auth/server/oidc-provider.d — the part of oidc-provider's surface that we use; the package ships no types.
 */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface StoredToken {
    readonly aud: string | readonly string[];
    readonly isExpired: boolean;
    readonly scopes: ReadonlySet<string>;
  }
  export interface OidcGrant {
    jti: string | undefined;
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    save(): Promise<string>;
  }
  export interface OidcContext {
    type: string;
    body: unknown;
    status: number;
    readonly oidc: {
      readonly params?: Readonly<Record<string, unknown>>;
      readonly client?: OidcClient;
      readonly result?: { readonly consent?: { readonly grantId?: string } };
      readonly provider: Provider;
      readonly entities?: Readonly<Record<string, { readonly grantId?: string } | undefined>>;
    };
  }
  export interface OidcClient {
    readonly clientId: string;
    readonly clientName?: string;
    readonly clientUri?: string;
    readonly redirectUris?: readonly string[];
    readonly clientIdMetadataDocument?: boolean;
    grantTypeAllowed(grantType: string): boolean;
    redirectUriAllowed(uri: string): boolean;
  }
  export interface OidcInteraction {
    readonly uid: string;
    readonly prompt: { readonly name: string };
    readonly params: Readonly<Record<string, unknown>>;
    readonly session?: { readonly accountId: string };
  }
  export interface OidcDeviceCode {
    readonly clientId: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly isExpired: boolean;
    accountId?: string;
    grantId?: string;
    scope?: string;
    resource?: string | readonly string[];
    authTime?: number;
    error?: string;
    errorDescription?: string;
    inFlight?: boolean;
    save(): Promise<string>;
  }
  export default class Provider {
    constructor(issuer: string, configuration: object);
    proxy: boolean;
    readonly AccessToken: TokenModel & { find(token: string): Promise<StoredToken | undefined> };
    readonly RefreshToken: TokenModel;
    readonly AuthorizationCode: TokenModel;
    readonly ClientCredentials: { find(token: string): Promise<StoredToken | undefined> };
    readonly DeviceCode: TokenModel & {
      findByUserCode(userCode: string, options?: object): Promise<OidcDeviceCode | undefined>;
    };
    readonly Client: { find(id: string): Promise<OidcClient | undefined> };
    readonly Grant: new (facts: {
      accountId: string;
      clientId: string;
    }) => OidcGrant;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    on(event: string, listener: (context: OidcContext, error?: Error) => void): this;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<OidcInteraction>;
    interactionResult(
      request: IncomingMessage,
      response: ServerResponse,
      result: object,
      options?: object,
    ): Promise<string>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: object,
      options?: object,
    ): Promise<void>;
  }
  export interface TokenModel {
    readonly prototype: { generateTokenId: (this: { readonly kind: string }) => string };
  }
  export const interactionPolicy: {
    readonly Prompt: new (facts: { name: string; requestable: boolean }, ...checks: object[]) => object;
    readonly Check: new (
      reason: string,
      description: string,
      check: (context: OidcContext) => boolean,
    ) => object;
  };
  export const errors: { readonly InvalidTarget: new (description?: string) => Error };
}
