import type { TextFormat } from './known-formats.ts';

const LOOKED_AT = 64 * 1024;
const HTML_START = /^\s*(<\?xml[^>]*>\s*)?(<!doctype html|<html[\s>])/i;
const MESSAGE_FIELD = /^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]/;
const MESSAGE_NAMES = /^(from|to|date|subject|message-id|received|return-path|mime-version|delivered-to)$/i;
const MIN_MESSAGE_FIELDS = 3;

/** A message begins with fields, some of which every message has, up to an empty line. */
function looksLikeMessage(text: string): boolean {
  const names = new Set<string>();
  for (const line of text.split(/\r?\n/, 200)) {
    if (line === '') break;
    const name = MESSAGE_FIELD.exec(line)?.[1]?.toLowerCase();
    if (name === undefined && !/^[ \t]/.test(line)) return false;
    if (name !== undefined && MESSAGE_NAMES.test(name)) names.add(name);
  }
  return names.has('from') && names.size >= MIN_MESSAGE_FIELDS;
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function findJson(text: string, isWhole: boolean): 'json' | 'jsonl' | null {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return null;
  const [first = '', second = ''] = trimmed.split(/\r?\n/, 2);
  if (second !== '' && isJson(first) && /^\s*[[{]/.test(second)) return 'jsonl';
  if (isWhole) return isJson(trimmed) ? 'json' : null;
  return /^(\[\s*[[{"0-9-]|\{\s*")/.test(trimmed) ? 'json' : null;
}

/** Returns which of the two kinds of JSON a text is that is called one of them: often a file of the one has the name of the other. */
export function chooseJson(named: 'json' | 'jsonl', sample: Uint8Array): 'json' | 'jsonl' {
  const text = new TextDecoder().decode(sample.subarray(0, LOOKED_AT)).trim();
  const [first = '', second = ''] = text.split(/\s*\n\s*/, 2);
  if (named === 'jsonl') return first === '[' || first === '{' ? 'json' : 'jsonl';
  return isJson(first) && /^[[{]/.test(second) ? 'jsonl' : 'json';
}

/** Returns what a text without a telling name looks like. */
export function sniffText(sample: Uint8Array): TextFormat {
  const text = new TextDecoder().decode(sample.subarray(0, LOOKED_AT));
  if (HTML_START.test(text)) return 'html';
  return findJson(text, sample.length <= LOOKED_AT) ?? (looksLikeMessage(text) ? 'eml' : 'text');
}
