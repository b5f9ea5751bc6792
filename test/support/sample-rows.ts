import type { Metadata, Row } from '../../engine/api.ts';
import { makeRow } from './engine-database.ts';

const TEXTS = ['The quick brown fox', 'Über naïve Café-Besitzer', null, '東京 is big', '', 'fox fox fox'];

/** Makes rows that use every kind of section: two files, all metadata types, several scripts, rows without anything. */
export function sampleRows(count: number, dimension: number): Row[] {
  return Array.from({ length: count }, (_, i) => {
    const metadata: Metadata = {};
    if (i % 2 === 0) metadata.color = ['red', 'green', 'blue'][i % 3]!;
    if (i % 3 === 0) metadata.year = 2000 + i;
    if (i % 4 !== 1) metadata.isNew = i % 8 < 4;
    if (i % 5 < 3) metadata.tags = ['a', 'b', 'c'].slice(0, i % 4);
    const values = Array.from({ length: dimension }, (__, n) => ((i * 31 + n * 17) % 23) - 11);
    return makeRow(`row-${String(i).padStart(4, '0')}`, values, {
      fileId: i % 3 === 2 ? null : `file-${i % 3}`,
      fileVersion: (i % 2) + 1,
      text: TEXTS[i % TEXTS.length]!,
      metadata,
    });
  });
}
