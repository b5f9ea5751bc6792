// npm test: installs, builds and runs every test; the last line counts them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installDependencies, pinnedEnvironment, pinnedNode, requireNode, root } from './setup/install.mjs';

requireNode();
installDependencies();
const env = pinnedEnvironment();
const build = spawnSync(pinnedNode, [join(root, 'scripts', 'build.ts')], {
  cwd: root,
  stdio: 'inherit',
  env,
});
const results = join(root, 'build', 'test-results.json');
mkdirSync(join(root, 'build'), { recursive: true });
rmSync(results, { force: true });
let status = build.status ?? 1;
if (status === 0) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const run = spawnSync(pinnedNode, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env,
  });
  status = run.status ?? 1;
}

/** Counts tests, and each file that failed before its tests ran as one failed test. */
function countResults() {
  if (!existsSync(results)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(results, 'utf8'));
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length };
}

const { passed, failed } = countResults();
console.log(`${passed} passed, ${status !== 0 && failed === 0 ? 1 : failed} failed`);
process.exit(status);
