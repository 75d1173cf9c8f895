/**
 * registry/runners — the programs that run packages: how each is called, and how a person gets one that is missing.
 *
 * Knows nothing of: what is installed on this machine. Who asks looks for the program.
 */
import type { DefinitionPackage } from './definition.ts';

export type RunnerName = 'npx' | 'bunx' | 'deno' | 'uvx' | 'docker' | 'podman' | 'dnx';

export interface Runner {
  readonly name: RunnerName;
  /** What a person reads: "uv". */
  readonly title: string;
  /** The one line that installs it, by system. */
  readonly install: Readonly<Record<'linux' | 'macos' | 'windows', string>>;
}

const same = (line: string): Runner['install'] => ({ linux: line, macos: line, windows: line });

export const runners: Readonly<Record<RunnerName, Runner>> = {
  npx: {
    name: 'npx',
    title: 'npm',
    install: {
      linux: 'install Node.js with npm: https://nodejs.org/en/download',
      macos: 'brew install node',
      windows: 'winget install OpenJS.NodeJS.LTS',
    },
  },
  bunx: { name: 'bunx', title: 'Bun', install: same('npm install -g bun') },
  deno: { name: 'deno', title: 'Deno', install: same('npm install -g deno') },
  uvx: {
    name: 'uvx',
    title: 'uv',
    install: {
      linux: 'curl -LsSf https://astral.sh/uv/install.sh | sh',
      macos: 'brew install uv',
      windows: 'winget install astral-sh.uv',
    },
  },
  docker: {
    name: 'docker',
    title: 'Docker',
    install: {
      linux: 'curl -fsSL https://get.docker.com | sh',
      macos: 'brew install --cask docker',
      windows: 'winget install Docker.DockerDesktop',
    },
  },
  podman: {
    name: 'podman',
    title: 'Podman',
    install: {
      linux: 'sudo apt install podman',
      macos: 'brew install podman',
      windows: 'winget install RedHat.Podman',
    },
  },
  dnx: {
    name: 'dnx',
    title: 'the .NET 10 SDK',
    install: {
      linux: 'sudo apt install dotnet-sdk-10.0',
      macos: 'brew install --cask dotnet-sdk',
      windows: 'winget install Microsoft.DotNet.SDK.10',
    },
  },
};

/** Who runs packages of this kind, best first. Empty: nobody that we know. */
export function runnersOf({ registryType, runtimeHint }: DefinitionPackage): readonly RunnerName[] {
  const usual: Readonly<Record<string, readonly RunnerName[]>> = {
    npm: ['npx', 'bunx', 'deno'],
    pypi: ['uvx'],
    oci: ['docker', 'podman'],
    nuget: ['dnx'],
  };
  const known = usual[registryType] ?? [];
  const hinted = known.find((name) => name === runtimeHint);
  return hinted === undefined ? known : [hinted, ...known.filter((name) => name !== hinted)];
}

export interface RunnerWords {
  /** Before the package; from the definition. */
  readonly runtime: readonly string[];
  /** After it. */
  readonly own: readonly string[];
  /** Names of the variables that it gets. */
  readonly variables: readonly string[];
  /** Its program, where it is not named like the package. */
  readonly program: string | undefined;
}

/** The arguments with which a runner runs a package. */
export function runnerArguments(
  runner: RunnerName,
  { identifier, version }: DefinitionPackage,
  { runtime, own, variables, program }: RunnerWords,
): readonly string[] {
  const exact = version === undefined ? identifier : `${identifier}@${version}`;
  switch (runner) {
    case 'npx':
      return program === undefined
        ? ['-y', ...runtime.filter((word) => word !== '-y' && word !== '--yes'), exact, ...own]
        : ['-y', `--package=${exact}`, ...runtime.filter((word) => word !== '-y'), '--', program, ...own];
    case 'bunx':
      return program === undefined
        ? [...runtime, exact, ...own]
        : [...runtime, `--package=${exact}`, program, ...own];
    case 'deno':
      return [
        'run',
        '--no-prompt',
        '-A',
        ...runtime,
        `npm:${exact}${program === undefined ? '' : `/${program}`}`,
        ...own,
      ];
    case 'uvx':
      return program === undefined
        ? [...runtime, exact, ...own]
        : [
            ...runtime,
            '--from',
            version === undefined ? identifier : `${identifier}==${version}`,
            program,
            ...own,
          ];
    case 'docker':
    case 'podman': {
      // A definition may bring the whole of it.
      const isWhole = runtime[0] === 'run';
      const named = new Set(
        runtime.flatMap((word, at) =>
          /^(-e|--env)$/.test(runtime[at - 1] ?? '') ? [word.split('=')[0]] : [],
        ),
      );
      const passed = variables.filter((name) => !named.has(name)).flatMap((name) => ['-e', name]);
      return [
        ...(isWhole ? runtime : ['run', '-i', '--rm', '--init', ...runtime]),
        ...passed,
        identifier,
        ...own,
      ];
    }
    case 'dnx':
      return [exact, '--yes', ...runtime, ...(own.length === 0 ? [] : ['--', ...own])];
  }
}
