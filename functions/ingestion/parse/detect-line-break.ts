/** Returns what ends the lines of a table: a line feed, after a carriage return or not, or as on old Macs a carriage return alone. */
export function detectLineBreak(sample: string): '\n' | '\r' {
  let isQuoted = false;
  for (let at = 0; at < sample.length; at++) {
    const character = sample[at];
    if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '\n') return '\n';
    else if (character === '\r') return sample[at + 1] === '\n' ? '\n' : '\r';
  }
  return '\n';
}
