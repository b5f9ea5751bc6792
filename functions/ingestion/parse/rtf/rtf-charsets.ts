/** The encodings of the code pages and of the character sets of fonts that RTF names by numbers. */
const OF_CODE_PAGE: Record<number, string> = {
  437: 'windows-1252',
  850: 'windows-1252',
  866: 'ibm866',
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gb18030',
  949: 'euc-kr',
  950: 'big5',
  10000: 'macintosh',
  65001: 'utf-8',
};
const OF_CHARSET: Record<number, string> = {
  0: 'windows-1252',
  77: 'macintosh',
  128: 'shift_jis',
  129: 'euc-kr',
  134: 'gb18030',
  136: 'big5',
  161: 'windows-1253',
  162: 'windows-1254',
  163: 'windows-1258',
  177: 'windows-1255',
  178: 'windows-1256',
  186: 'windows-1257',
  204: 'windows-1251',
  222: 'windows-874',
  238: 'windows-1250',
};

/** Returns the encoding of a code page. */
export function encodingOfCodePage(codePage: number): string {
  if (codePage >= 1250 && codePage <= 1258) return `windows-${codePage}`;
  return OF_CODE_PAGE[codePage] ?? 'windows-1252';
}

/** Returns the encoding of a font's character set, or null when it is that of the document. */
export function encodingOfCharset(charset: number): string | null {
  return OF_CHARSET[charset] ?? null;
}
