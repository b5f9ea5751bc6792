import type { RunReport } from './run-report.ts';
import { formatColdReads, formatFilters, formatKeyword, formatMixed, formatStarts } from './detail-tables.ts';
import { formatGoals, judgeGoals } from './goals.ts';
import { formatBuilds, formatSpeeds } from './search-tables.ts';

/** Formats everything that a run measured as Markdown, goals first. */
export function formatRun(run: RunReport): string {
  const parts = ['### Goals', formatGoals(judgeGoals(run))];
  for (const { plan, engines } of run.datasets) {
    const tables = [
      ['', formatSpeeds(engines)],
      ['', formatBuilds(plan, engines)],
      ['Filters on a number, at the setting for recall 0.95:', formatFilters(engines)],
      [
        'A closed process to its first result, files in the page cache of the system:',
        formatStarts(engines, run.bareStart),
      ],
      ['A store that takes 60 ms a read:', formatColdReads(engines)],
      ['Nine searches to one upsert of a row, one call at a time:', formatMixed(engines)],
    ] as const;
    parts.push(`### ${plan.title}`);
    for (const [caption, table] of tables) {
      if (table !== null) parts.push(...(caption === '' ? [] : [caption]), table);
    }
  }
  if (run.keyword.length > 0) parts.push('### Keyword search', formatKeyword(run.keyword));
  if (run.kernels !== null) {
    const text = 'reason' in run.kernels ? run.kernels.reason : run.kernels.result;
    parts.push('### Kernels', `\`\`\`text\n${text.trim()}\n\`\`\``);
  }
  return parts.join('\n\n');
}
