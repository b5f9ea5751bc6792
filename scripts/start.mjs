// npm start: installs, builds and runs everything on one machine.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installDependencies, pinnedEnvironment, pinnedNode, requireNode, root } from './setup/install.mjs';

const usage = 'Usage: npm start -- [--port 4000] [--tls-port 4443] [--data .data] [--reset]';

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '4000' },
        'tls-port': { type: 'string' },
        data: { type: 'string', default: '.data' },
        reset: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    console.error(`${error.message}. ${usage}`);
    process.exit(1);
  }
}

/** Returns the process's parent and, where the system shows it as a file, the parent of that. */
function readAncestors() {
  const parent = process.ppid;
  try {
    return `${parent} ${/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${parent}/status`, 'utf8'))?.[1]}`;
  } catch {
    return String(parent);
  }
}

requireNode();
const options = readOptions();
if (options.help) {
  console.log(usage);
  process.exit(0);
}
installDependencies();
const env = pinnedEnvironment();
const build = spawnSync(pinnedNode, [join(root, 'scripts', 'build.ts')], {
  cwd: root,
  stdio: 'inherit',
  env,
});
if (build.status !== 0) process.exit(build.status ?? 1);

/**
 * All functions are threads of one process, and glibc gives each thread memory of its own, in which megabytes of buffers leave holes: with
 * two such areas, and large buffers outside of them, the process does not grow with what has gone through it. Other systems ignore these.
 */
const memorySettings = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' };
const runtime = spawn(
  pinnedNode,
  [
    join(root, 'local', 'main.ts'),
    ...['--assembly', join(root, 'build', 'cdk.out'), '--console', join(root, 'build', 'console')],
    ...['--data', options.data, '--port', options.port],
    ...(options['tls-port'] === undefined ? [] : ['--tls-port', options['tls-port']]),
    ...(options.reset ? ['--reset'] : []),
  ],
  { cwd: process.cwd(), stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: { ...memorySettings, ...env } },
);
// The runtime ends when its channel to this process closes, and this process ends with the npm that started it: killing npm never
// leaves something behind that holds the port. Where the shell of npm stays between them, its parent tells.
const ancestors = readAncestors();
setInterval(() => {
  if (readAncestors() !== ancestors) process.exit(1);
}, 500).unref();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => runtime.kill(signal));
runtime.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
