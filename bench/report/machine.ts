import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { benchFolder } from '../datasets/cache-folder.ts';
import type { EngineReport } from '../measure/measure-engine.ts';

/** Tells where, when and of what the numbers are. */
export function describeMachine(engines: readonly EngineReport[], command: string): string {
  const [first] = cpus();
  const processor = first?.model ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const day = new Date().toISOString().slice(0, 10);
  const versions = engines.map(({ title, version, settings }) => {
    const shown = 'reason' in version ? version.reason : version.result;
    return `- ${title} (${shown}): ${settings}`;
  });
  const where = `\`${command}\` on ${cpus().length} cores (${processor}), ${memory}, Node.js ${process.versions.node}, ${day}, commit ${commit()}.`;
  return [where, versions.join('\n')].join('\n\n');
}

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: benchFolder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const changed = git('status', '--porcelain', '--', '../engine', '.') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    // A copy without its history is measured as well.
    return 'unknown';
  }
}
