import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ParameterValues } from '../assembly/index.ts';
import { StartError } from '../data-folder/index.ts';

export interface RuntimeOptions {
  assemblyFolder: string;
  consoleFolder: string;
  dataFolder: string;
  /** 0 takes any free port. */
  port: number;
  /** Serves the main port's paths over TLS as well; 0 takes any free port, null none. */
  tlsPort?: number | null;
  reset: boolean;
  /** Values of the templates' parameters, by `<name>` or `<stack>.<name>`. */
  parameters?: ParameterValues;
}

const USAGE =
  'usage: node local/main.ts --assembly build/cdk.out --console build/console --data .data --port 4000 [--tls-port 4443] [--reset] [--parameter Name=value]…';

/** Reads the command line; fails with one sentence and the usage. */
export function readOptions(argv: string[]): RuntimeOptions {
  const values = parse(argv);
  return {
    assemblyFolder: resolve(values.assembly),
    consoleFolder: resolve(values.console),
    dataFolder: resolve(values.data),
    port: readPort('port', values.port),
    tlsPort: values['tls-port'] === undefined ? null : readPort('tls-port', values['tls-port']),
    reset: values.reset,
    parameters: readParameters(values.parameter),
  };
}

function readPort(name: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new StartError(`--${name} is ${JSON.stringify(text)}; expected a number from 0 to 65535`);
}

function readParameters(given: string[]): ParameterValues {
  return new Map(
    given.map((text) => {
      const [, name, value] = /^([A-Za-z0-9.-]+)=(.*)$/s.exec(text) ?? [];
      if (name !== undefined && value !== undefined) return [name, value] as const;
      throw new StartError(`--parameter is ${JSON.stringify(text)}; expected <name>=<value>`);
    }),
  );
}

function parse(argv: string[]): {
  assembly: string;
  console: string;
  data: string;
  port: string;
  'tls-port'?: string;
  reset: boolean;
  parameter: string[];
} {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        assembly: { type: 'string', default: 'build/cdk.out' },
        console: { type: 'string', default: 'build/console' },
        data: { type: 'string', default: '.data' },
        port: { type: 'string', default: '4000' },
        'tls-port': { type: 'string' },
        reset: { type: 'boolean', default: false },
        parameter: { type: 'string', multiple: true, default: [] },
      },
    });
    return values;
  } catch (cause) {
    throw new StartError(`${(cause as Error).message}; ${USAGE}`, { cause });
  }
}
