import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNoun,
  printable,
  shorten,
} from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import type { IngestView, Outcome, Stage } from './ingest-files.ts';
import type { LocalFile } from './list-local-files.ts';

const FRAME_MS = 100;
const PLAIN_INTERVAL_MS = 5_000;
const BAR_WIDTH = 24;
const SHOWN_ACTIVE = 6;
const STAGE_WIDTH = 11;
const SIZE_WIDTH = 10;
/** Space that a line needs besides the path and the bar. */
const LINE_REST = BAR_WIDTH + STAGE_WIDTH + SIZE_WIDTH + 8;
const MIN_PATH_WIDTH = 12;
const MAX_PATH_WIDTH = 48;

interface Active {
  file: LocalFile;
  stage: Stage;
  share: number;
  chunks: number;
}

/** A view that must be closed, so that the terminal is left as it was. */
export interface ProgressView extends IngestView {
  close(): void;
}

const MARKS = { READY: '✓', REPLACED: '✓', UNCHANGED: '·', COPY: '·', FAILED: '✗' } as const;

/** Returns the line that stays of a file. */
export function describeOutcome({ style }: Output, outcome: Outcome): string {
  const { path, vectorCount, message, error } = outcome;
  const name = printable(path);
  switch (outcome.outcome) {
    case 'FAILED': {
      const kind = error?.kind ?? null;
      const reason = printable(error?.message ?? 'for no known reason');
      return `${style('red', MARKS.FAILED)} ${name}  ${kind === null ? '' : `${kind}: `}${reason}`;
    }
    case 'UNCHANGED':
      return style('dim', `${MARKS.UNCHANGED} ${name}  unchanged`);
    case 'COPY':
      return style(
        'dim',
        `${MARKS.COPY} ${name}  the same bytes are there already${message === null ? '' : ` as ${printable(message)}`}`,
      );
    case 'READY':
    case 'REPLACED': {
      // A file may be searchable without some of its records.
      const colour = error === null ? 'dim' : 'yellow';
      const note = message === null ? '' : style(colour, `  ${printable(message)}`);
      const replaced = outcome.outcome === 'REPLACED' ? ', replaced' : '';
      return `${style(error === null ? 'green' : 'yellow', MARKS.READY)} ${name}  ${formatNoun(vectorCount, 'chunk')}${replaced}${note}`;
    }
  }
}

/** Counts what has ended. */
class Tally {
  readonly startedAt = performance.now();
  ended = 0;
  failed = 0;
  chunks = 0;

  add({ outcome, vectorCount }: Outcome): void {
    this.ended += 1;
    if (outcome === 'FAILED') this.failed += 1;
    if (outcome === 'READY' || outcome === 'REPLACED') this.chunks += vectorCount;
  }

  describe(total: number, activeChunks: number): string {
    const elapsedMs = performance.now() - this.startedAt;
    const chunks = this.chunks + activeChunks;
    const parts = [`${formatCount(this.ended)} of ${formatNoun(total, 'file')}`];
    if (this.failed > 0) parts.push(`${formatCount(this.failed)} failed`);
    if (chunks > 0)
      parts.push(`${formatNoun(chunks, 'chunk')}, ${formatCount((chunks * 1000) / elapsedMs)}/s`);
    return [...parts, formatDuration(elapsedMs)].join(' · ');
  }
}

function drawBar(share: number): string {
  const filled = Math.round(Math.max(0, Math.min(1, share)) * BAR_WIDTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}

function drawLine({ style, columns }: Output, { file, stage, share }: Active): string {
  const width = Math.max(MIN_PATH_WIDTH, Math.min(MAX_PATH_WIDTH, columns - LINE_REST));
  const path = shorten(printable(file.path), width).padEnd(width);
  const step = stage === 'AWAITING_UPLOAD' ? 'uploaded' : stage.toLowerCase();
  const size = formatBytes(file.sizeBytes).padStart(SIZE_WIDTH);
  return `  ${path} ${style('cyan', drawBar(share))} ${step.padEnd(STAGE_WIDTH)}${style('dim', size)}`;
}

/** Draws a bar for each file under way, over the lines of those that have ended. */
function createDrawnView(output: Output, total: number): ProgressView {
  const active = new Map<string, Active>();
  const tally = new Tally();
  let drawnLines = 0;

  function clear(): void {
    if (drawnLines > 0) output.draw(`\u001b[${drawnLines}A\u001b[J`);
    drawnLines = 0;
  }

  function redraw(): void {
    const shown = [...active.values()].slice(0, SHOWN_ACTIVE);
    const chunks = [...active.values()].reduce((sum, file) => sum + file.chunks, 0);
    const lines = shown.map((file) => drawLine(output, file));
    if (active.size > shown.length)
      lines.push(output.style('dim', `  … and ${active.size - shown.length} more`));
    lines.push(output.style('bold', tally.describe(total, chunks)));
    clear();
    output.draw(`${lines.join('\n')}\n`);
    drawnLines = lines.length;
  }

  const timer = setInterval(redraw, FRAME_MS);
  return {
    move: (file, stage, { share, chunks }) => active.set(file.location, { file, stage, share, chunks }),
    end(file, outcome) {
      active.delete(file.location);
      tally.add(outcome);
      clear();
      output.note(describeOutcome(output, outcome));
      redraw();
    },
    close() {
      clearInterval(timer);
      clear();
    },
  };
}

/** Writes a line for each file that ends, and one every few seconds in between. */
function createPlainView(output: Output, total: number): ProgressView {
  const active = new Map<string, number>();
  const tally = new Tally();
  const timer = setInterval(() => {
    const chunks = [...active.values()].reduce((sum, count) => sum + count, 0);
    output.note(tally.describe(total, chunks));
  }, PLAIN_INTERVAL_MS);
  return {
    move: (file, _stage, { chunks }) => active.set(file.location, chunks),
    end(file, outcome) {
      active.delete(file.location);
      tally.add(outcome);
      output.note(describeOutcome(output, outcome));
    },
    close: () => {
      clearInterval(timer);
    },
  };
}

/** Makes the view that fits where it is seen: bars on a terminal, plain lines elsewhere, nothing beside JSON. */
export function createProgressView(output: Output, total: number): ProgressView {
  if (output.isJson) return { move: () => undefined, end: () => undefined, close: () => undefined };
  // A line that the terminal breaks in two could not be drawn over.
  const isWide = output.columns >= LINE_REST + MIN_PATH_WIDTH;
  return output.isInteractive && isWide ? createDrawnView(output, total) : createPlainView(output, total);
}
