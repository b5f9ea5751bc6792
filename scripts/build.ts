import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** One step of the build: skipped while its inputs and its command are what they were when it last succeeded. */
interface BuildStep {
  name: string;
  command: string[];
  inputs: string[];
  outputs: string[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const ignoredFolders = new Set(['node_modules', 'generated', '.git']);
const lock = 'package-lock.json';

/** Steps of one stage run side by side; a stage starts when the one before has ended. */
const stages: BuildStep[][] = [
  [
    step(
      'types',
      ['graphql-codegen/cli/cjs/bin.js', '--config', 'codegen.yml'],
      ['schema', 'codegen.yml', 'cli/operations'],
      ['schema/generated/types.ts', 'cli/generated/operations.ts'],
    ),
    step(
      'schema',
      ['scripts/join-schema.ts'],
      ['schema', 'scripts/join-schema.ts'],
      ['build/schema.graphql'],
    ),
    step(
      'kernels',
      ['scripts/build-kernels.ts'],
      ['engine/kernels', 'scripts/build-kernels.ts'],
      ['engine/generated/kernels-wasm.ts'],
    ),
  ],
  [
    step(
      'resolvers',
      ['scripts/bundle-resolvers.ts'],
      ['resolvers', 'schema', 'scripts'],
      ['build/resolvers'],
    ),
    step(
      'functions',
      ['scripts/bundle-functions.ts'],
      ['functions', 'engine', 'schema', 'scripts'],
      ['build/functions'],
    ),
    step(
      'console',
      ['scripts/build-console.ts'],
      ['admin', 'schema', 'scripts/build-console.ts'],
      ['build/console/index.html'],
    ),
    step('cli', ['scripts/bundle-cli.ts'], ['cli', 'schema', 'scripts/bundle-cli.ts'], ['build/cli/vdb.mjs']),
  ],
  [
    step(
      'template',
      ['scripts/synth.ts'],
      ['infra', 'build/resolvers', 'build/functions', 'build/schema.graphql', 'scripts/synth.ts', 'cdk.json'],
      ['build/cdk.out/manifest.json'],
    ),
  ],
];

function step(name: string, command: string[], inputs: string[], outputs: string[]): BuildStep {
  return { name, command, inputs: [...inputs, lock], outputs };
}

function* listFiles(path: string): Generator<string> {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!ignoredFolders.has(entry.name)) yield* listFiles(join(path, entry.name));
  }
}

function digestInputs({ command, inputs }: BuildStep): string {
  const hash = createHash('sha256').update(JSON.stringify([command, process.version]));
  for (const input of inputs) {
    for (const file of listFiles(join(root, input))) {
      hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

/** Runs a step in the background and returns its combined output; fails with that output when the step fails. */
function runCommand({ name, command }: BuildStep): Promise<void> {
  const [script = '', ...args] = command;
  const path = script.startsWith('scripts/') ? join(root, script) : join(root, 'node_modules', '@' + script);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`building the ${name} failed (exit code ${code}):\n${Buffer.concat(chunks).toString()}`),
        );
    });
  });
}

async function runStep(buildStep: BuildStep): Promise<void> {
  const stamp = join(root, 'build', '.stamps', buildStep.name);
  const digest = digestInputs(buildStep);
  const isCurrent =
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === digest &&
    buildStep.outputs.every((output) => existsSync(join(root, output)));
  if (isCurrent) return;
  const startedAt = performance.now();
  await runCommand(buildStep);
  mkdirSync(join(root, 'build', '.stamps'), { recursive: true });
  writeFileSync(stamp, digest);
  console.log(`✓ ${buildStep.name.padEnd(10)} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** Builds what is out of date, stage by stage; with names, those steps alone. */
async function build(names: string[]): Promise<void> {
  for (const stage of stages) {
    const wanted = stage.filter(({ name }) => names.length === 0 || names.includes(name));
    const results = await Promise.allSettled(wanted.map(runStep));
    const failures = results.filter((result) => result.status === 'rejected');
    for (const failure of failures) console.error((failure.reason as Error).message);
    if (failures.length > 0) process.exit(1);
  }
}

await build(process.argv.slice(2));
