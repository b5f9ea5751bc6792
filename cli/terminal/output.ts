import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where a command writes: what it answers goes to `print`, what it says besides to `note`. */
export interface Output {
  /** True when the command shall answer JSON alone. */
  isJson: boolean;
  /** True when progress can be drawn over itself. */
  isInteractive: boolean;
  readonly columns: number;
  print: (line?: string) => void;
  note: (line: string) => void;
  /** Writes raw text, such as movements of the cursor, where notes go. */
  draw: (text: string) => void;
  style: (style: Style, text: string) => string;
}

const DEFAULT_COLUMNS = 80;

/** Tells whether a stream may have colours: https://no-color.org. */
function hasColours(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  return stream.isTTY && environment['TERM'] !== 'dumb';
}

/** Opens the process's own streams. */
export function openOutput(isJson: boolean, environment: NodeJS.ProcessEnv = process.env): Output {
  const { stdout, stderr } = process;
  const isColoured = hasColours(stdout, environment);
  return {
    isJson,
    isInteractive: !isJson && stderr.isTTY && environment['TERM'] !== 'dumb',
    get columns() {
      return stderr.columns || stdout.columns || DEFAULT_COLUMNS;
    },
    print: (line = '') => stdout.write(`${line}\n`),
    note: (line) => stderr.write(`${line}\n`),
    draw: (text) => stderr.write(text),
    style: (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text),
  };
}
