const UNWANTED =
  /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u200b\u2060\ufeff\ufffe\uffff]/g;
/** What terminals take for colours and movements, in logs. */
const TERMINAL_CODES = /\u001b\[[0-9;?]*[A-Za-z]/g;
const LINE_BREAKS = /\r\n?|[\u000c\u0085\u2028\u2029]/g;

/** Returns text with one kind of line break, without control characters and invisible marks, and in whole Unicode characters. */
export function cleanText(text: string): string {
  const plain = text.includes('\u001b') ? text.replace(TERMINAL_CODES, '') : text;
  return plain.replace(LINE_BREAKS, '\n').replace(UNWANTED, '').toWellFormed();
}

/** Returns text on one line: runs of white space become one space. */
export function flattenText(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
