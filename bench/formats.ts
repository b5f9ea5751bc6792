// node bench/formats.ts [folder]: parse and chunk each format; MB and chunks a second, and the peak memory of a process that does only that.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chunkSections } from '../functions/ingestion/chunk/chunk-sections.ts';
import { memoryFile } from '../functions/ingestion/parse/contained-files.ts';
import { parseFile } from '../functions/ingestion/parse/parse-file.ts';
import { sniffFormat } from '../functions/ingestion/sniff/sniff-format.ts';

const MIB = 1024 * 1024;
const LEAST_MS = 2_000;
const RULES = { strategy: 'RECURSIVE', maxTokens: 512, overlapTokens: 64 } as const;
const root = fileURLToPath(new URL('..', import.meta.url));

interface Measured {
  bytes: number;
  chunks: number;
  ms: number;
}

async function readOnce(name: string, bytes: Uint8Array): Promise<number> {
  const { sections } = await parseFile(memoryFile(name, bytes), sniffFormat(name, '', bytes));
  let chunks = 0;
  for await (const chunk of chunkSections(sections, RULES)) if (chunk.text !== '') chunks++;
  return chunks;
}

/** Once unmeasured, so that parsers are loaded; then as often as fits. */
async function measure(name: string, bytes: Uint8Array): Promise<Measured> {
  await readOnce(name, bytes);
  const measured: Measured = { bytes: 0, chunks: 0, ms: 0 };
  const startedAt = performance.now();
  while (measured.ms < LEAST_MS) {
    measured.chunks += await readOnce(name, bytes);
    measured.bytes += bytes.length;
    measured.ms = performance.now() - startedAt;
  }
  return measured;
}

/** Formats without a large sample are made from rows of words. */
function makeSamples(): Record<string, Uint8Array> {
  const line = (row: number): string =>
    `The sloop ${row} lies at berth ${row % 97} and pays ${row % 13} a day.`;
  const rows = Array.from({ length: 100_000 }, (_, row) => line(row));
  return {
    'made.csv': Buffer.from(`id,text\n${rows.map((text, id) => `${id},"${text}"`).join('\n')}`),
    'made.jsonl': Buffer.from(rows.map((text, id) => JSON.stringify({ id, text })).join('\n')),
    'made.rtf': Buffer.from(`{\\rtf1 ${rows.join('\\par ')}}`),
    'made.eml': Buffer.from(`From: a@b.c\r\nSubject: s\r\n\r\n${rows.join('\r\n')}`),
    'made.ts': Buffer.from(
      rows
        .slice(0, 20_000)
        .map((text, id) => `function f${id}() {\n  return "${text}";\n}`)
        .join('\n'),
    ),
  };
}

async function measureOne(name: string, path: string): Promise<void> {
  const bytes = path === '' ? makeSamples()[name] : await readFile(path);
  if (!bytes) throw new Error(`There is no sample "${name}".`);
  const { bytes: read, chunks, ms } = await measure(name, bytes);
  const peak = process.resourceUsage().maxRSS / 1024;
  const speed = [(read / MIB / ms) * 1_000, (chunks / ms) * 1_000, peak].map((value) =>
    value.toFixed(value < 10 ? 1 : 0),
  );
  console.log(`| ${name} | ${(bytes.length / MIB).toFixed(2)} | ${speed.join(' | ')} |`);
}

async function listSamples(folder: string): Promise<[name: string, path: string][]> {
  const wanted = [
    'book-war-and-peace-1225p.txt',
    'example-10k.html',
    'DA-619p.pdf',
    'handbook-872p.docx',
    'science-exploration-1p.pptx',
    'vodafone.xlsx',
    'simple.odt',
    'winter-sports.epub',
  ];
  const there = existsSync(folder) ? await readdir(folder) : [];
  const real = wanted
    .filter((name) => there.includes(name))
    .map((name): [string, string] => [name, join(folder, name)]);
  return [...real, ...Object.keys(makeSamples()).map((name): [string, string] => [name, ''])];
}

const [first = join(root, '..', 'shared', 'data', 'files'), path] = process.argv.slice(2);
if (path === undefined) {
  console.log('| file | MiB | MiB/s | chunks/s | peak MiB |\n| --- | ---: | ---: | ---: | ---: |');
  for (const sample of await listSamples(first))
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...sample], { stdio: 'inherit' });
} else await measureOne(path === '' ? first : basename(path), path);
