import { describe, expect, it } from 'vitest';
import { Secret } from '../../base/index.ts';
import { childEnvironment } from './child-environment.ts';

const own = {
  PATH: '/daemon/bin',
  HOME: '/home/me',
  LANG: 'de_DE.UTF-8',
  LC_TIME: 'C',
  XDG_RUNTIME_DIR: '/run/user/1',
  TERM: 'xterm',
  GITHUB_TOKEN: 'secret',
  AWS_SECRET_ACCESS_KEY: 'secret',
  NODE_OPTIONS: '--inspect',
  MCPMUX_DATA_DIR: '/data',
  LD_PRELOAD: '/evil.so',
  SSH_AUTH_SOCK: '/agent',
  DBUS_SESSION_BUS_ADDRESS: 'unix:/bus',
};
const base = { own, path: '/shell/bin', configured: {}, marker: 'm1', platform: 'linux' as const };

describe('childEnvironment', () => {
  it('begins empty and takes over what programs need, no secret of ours', () => {
    expect(childEnvironment(base)).toEqual({
      PATH: '/shell/bin',
      HOME: '/home/me',
      LANG: 'de_DE.UTF-8',
      LC_TIME: 'C',
      XDG_RUNTIME_DIR: '/run/user/1',
      TERM: 'xterm',
      MCPMUX_CHILD: 'm1',
    });
  });

  it('adds what was configured, which wins over ours', () => {
    const environment = childEnvironment({
      ...base,
      configured: { API_KEY: new Secret('k'), HOME: new Secret('/elsewhere'), PATH: new Secret('/mine') },
    });
    expect(environment).toMatchObject({ API_KEY: 'k', HOME: '/elsewhere', PATH: '/mine' });
  });

  it('never lets a configured value replace the marker', () => {
    expect(childEnvironment({ ...base, configured: { MCPMUX_CHILD: new Secret('x') } })['MCPMUX_CHILD']).toBe(
      'm1',
    );
  });

  it('tells the state folder when there is one', () => {
    expect(childEnvironment({ ...base, stateFolder: '/s' })['MCP_STATE_DIR']).toBe('/s');
    expect(childEnvironment(base)).not.toHaveProperty('MCP_STATE_DIR');
  });

  it('knows what Windows needs, without regard to case, and keeps one PATH', () => {
    const environment = childEnvironment({
      ...base,
      platform: 'win32',
      own: { Path: 'C:\\daemon', SystemRoot: 'C:\\Windows', Secret: 'x', APPDATA: 'C:\\a' },
      path: 'C:\\shell',
      configured: { path: new Secret('C:\\mine') },
    });
    expect(environment).toEqual({
      path: 'C:\\mine',
      SystemRoot: 'C:\\Windows',
      APPDATA: 'C:\\a',
      MCPMUX_CHILD: 'm1',
    });
  });

  it.each([
    ['proxies', { HTTP_PROXY: 'http://p', https_proxy: 'http://p', no_proxy: '.x', ALL_PROXY: 'socks5://p' }],
    [
      'authorities',
      { NODE_EXTRA_CA_CERTS: '/a', SSL_CERT_FILE: '/b', REQUESTS_CA_BUNDLE: '/c', CURL_CA_BUNDLE: '/d' },
    ],
    [
      'registries',
      {
        npm_config_registry: 'https://r',
        NPM_CONFIG_CAFILE: '/e',
        'npm_config_@corp:registry': 'https://r',
        UV_DEFAULT_INDEX: 'https://u',
        PIP_INDEX_URL: 'https://p',
      },
    ],
    [
      'npm and its network',
      {
        npm_config_https_proxy: 'http://p',
        npm_config_noproxy: 'x',
        npm_config_strict_ssl: 'false',
        npm_config_userconfig: '/f',
        npm_config_ignore_scripts: 'true',
      },
    ],
  ])('R33 hands on how other machines are reached: %s', (_, variables) => {
    expect(childEnvironment({ ...base, own: { ...own, ...variables } })).toMatchObject(variables);
    const onWindows = childEnvironment({ ...base, platform: 'win32', own: variables });
    expect(onWindows).toMatchObject(variables);
  });

  it.each([
    'npm_config_//registry.corp.example/:_authToken',
    'npm_config__auth',
    'NPM_CONFIG__PASSWORD',
    'npm_config_otp_token',
    'npm_config_user_agent',
    'npm_config_local_prefix',
    'npm_config_package',
    'NPM_TOKEN',
    'UV_PUBLISH_TOKEN',
    'PIP_PASSWORD',
    'PROXY_PASSWORD',
  ])('R33 keeps back %s', (name) => {
    expect(childEnvironment({ ...base, own: { ...own, [name]: 'x' } })).not.toHaveProperty([name]);
  });
});
