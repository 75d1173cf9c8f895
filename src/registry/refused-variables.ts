/**
 * registry/refused-variables — environment variables that change what is executed. A definition of somebody else may not set
 * them, unless a person says so for that one server.
 */

/** One pattern a row, with what it lets a definition do. Names are compared without regard to case. */
const table: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^(NODE_OPTIONS|NODE_PATH|NODE_REPL_EXTERNAL_MODULE|ELECTRON_RUN_AS_NODE)$/, 'loads other code into Node'],
  [/^(LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH|LD_.*)$/, 'loads other libraries into every program'],
  [/^DYLD_.*$/, 'loads other libraries into every program'],
  [/^(NPM_CONFIG_.*|YARN_.*|PNPM_.*|COREPACK_.*)$/, 'changes where packages come from and which scripts run'],
  [
    /^(PYTHONPATH|PYTHONHOME|PYTHONSTARTUP|PYTHONEXECUTABLE|PYTHONUSERBASE|PYTHONBREAKPOINT|PYTHONINSPECT)$/,
    'loads other code into Python',
  ],
  [/^(UV_.*|PIP_.*|VIRTUAL_ENV|CONDA_.*)$/, 'changes where Python and its packages come from'],
  [
    /^(DENO_DIR|DENO_.*|BUN_.*|DOTNET_STARTUP_HOOKS|DOTNET_.*|CORECLR_.*|COR_.*)$/,
    'loads other code into the runtime',
  ],
  [/^(JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH)$/, 'loads other code into Java'],
  [
    /^(RUBYOPT|RUBYLIB|PERL5OPT|PERL5LIB|PERL5DB|PHPRC|PHP_INI_SCAN_DIR|LUA_INIT.*)$/,
    'loads other code into the interpreter',
  ],
  [
    /^(BASH_ENV|ENV|ZDOTDIR|PROMPT_COMMAND|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|IFS|SHELL|COMSPEC)$/,
    'runs other code in every shell',
  ],
  [
    /^(GIT_SSH|GIT_SSH_COMMAND|GIT_EXEC_PATH|GIT_ASKPASS|GIT_PROXY_COMMAND|GIT_EXTERNAL_DIFF|GIT_CONFIG.*|GIT_EDITOR|GIT_PAGER|GIT_TEMPLATE_DIR|SSH_ASKPASS)$/,
    'has git run another program',
  ],
  [/^(EDITOR|VISUAL|PAGER|BROWSER|MANPAGER|LESSOPEN|LESSCLOSE)$/, 'names a program that others start'],
  [/^(PATH|PATHEXT)$/, 'changes which programs are found'],
  [/^(SSLKEYLOGFILE|OPENSSL_CONF|OPENSSL_MODULES|OPENSSL_ENGINES)$/, 'opens encrypted connections to others'],
  [
    /^(NODE_TLS_REJECT_UNAUTHORIZED|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/,
    'decides whose certificates are believed',
  ],
  [/^(HTTPS?_PROXY|ALL_PROXY)$/, 'sends its connections through another machine'],
  [/^(DOCKER_HOST|DOCKER_CONTEXT|DOCKER_CONFIG|CONTAINER_HOST)$/, 'has containers run on another machine'],
  [
    /^(GCONV_PATH|LOCPATH|MALLOC_.*|GLIBC_TUNABLES|QT_PLUGIN_PATH|GTK_MODULES|GIO_EXTRA_MODULES)$/,
    'loads other libraries into every program',
  ],
];

/** What a variable of this name could do; undefined = it may be set. */
export function whyVariableIsRefused(name: string): string | undefined {
  const upper = name.toUpperCase();
  return table.find(([pattern]) => pattern.test(upper))?.[1];
}
