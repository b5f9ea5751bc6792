import type { MetadataFilter, SearchInput } from '../../../schema/generated/types.ts';
import { readOption } from '../forms/read-option.ts';
import { checkJsonObject, makeValidator } from '../forms/validate.ts';
import { findInput } from '../forms/find-input.ts';
import { inputs } from '../generated/descriptors.ts';
import type { InputDescriptor } from '../schema-model.ts';
import { buildFilter, checkRules } from './filter-rules.ts';
import type { Rule } from './filter-rules.ts';

/** What the search form holds. */
export interface SearchState {
  text: string;
  rules: Rule[];
  join: 'and' | 'or';
  filterJson: string;
  fileIds: string[];
  /** Inputs that are shown by their descriptors: texts, and switches. */
  options: Record<string, string>;
  fusion: Record<string, string>;
  switches: Record<string, boolean>;
}

export const EMPTY_SEARCH: SearchState = {
  ...{ text: '', rules: [], join: 'and', filterJson: '', fileIds: [] },
  ...{ options: {}, fusion: {}, switches: {} },
};

const PLACED = new Set(['databaseId', 'text', 'filter', 'filterJson', 'fileIds', 'fusion']);
/** What is used most comes first; the rest keeps the schema's order. */
const FIRST = ['mode', 'topK', 'minScore'];
const rankOption = ({ name }: InputDescriptor): number =>
  FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length;
const free = inputs.SearchInput.filter(({ name }) => !PLACED.has(name));

/** Every input of a search that has no place of its own in the form, so that new ones appear by themselves. */
export const OPTIONS: InputDescriptor[] = free
  .filter(({ type }) => type !== 'Boolean')
  .sort((a, b) => rankOption(a) - rankOption(b));
export const SWITCHES: InputDescriptor[] = free.filter(({ type }) => type === 'Boolean');
export const FUSION: InputDescriptor[] = inputs.FusionInput;

function readAll(descriptors: InputDescriptor[], texts: Record<string, string>): Record<string, unknown> {
  const read = descriptors.map((input): [string, unknown] => [
    input.name,
    readOption(input, texts[input.name]),
  ]);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

/** Returns what is wrong with the form, by field. */
export function checkSearch(state: SearchState): Record<string, string> {
  const problems: Record<string, string> = {};
  const options = readAll(OPTIONS, state.options);
  for (const input of OPTIONS) note(problems, input.name, makeValidator(input)(options[input.name], options));
  const fusion = readAll(FUSION, state.fusion);
  if (Object.keys(fusion).length > 0) {
    for (const input of FUSION)
      note(problems, `fusion.${input.name}`, makeValidator(input)(fusion[input.name], fusion));
  }
  note(problems, 'text', makeValidator(findInput(inputs.SearchInput, 'text'))(state.text, {}));
  if (!state.text && !options['values'] && !options['valuesBase64'] && !options['likeVectorId']) {
    problems['text'] = 'Type what to search for, or give a vector under “Options”.';
  }
  if (state.filterJson.trim()) note(problems, 'filterJson', checkJsonObject(state.filterJson));
  if (state.filterJson.trim() && state.rules.length > 0)
    problems['filterJson'] = 'Use either the rules above or this text, not both.';
  return { ...problems, ...checkRules(state.rules) };
}

function note(problems: Record<string, string>, name: string, problem: string | undefined): void {
  if (problem) problems[name] = problem;
}

/** Makes the argument of `searchVectors`; what was not given is left out. */
export function toSearchInput(databaseId: string, state: SearchState): SearchInput {
  const filter: MetadataFilter | null = buildFilter(state.rules, state.join);
  const fusion = readAll(FUSION, state.fusion);
  const switches = Object.fromEntries(Object.entries(state.switches).filter(([, isOn]) => isOn));
  return {
    databaseId,
    ...(state.text && { text: state.text }),
    ...readAll(OPTIONS, state.options),
    ...(Object.keys(fusion).length > 0 && { fusion }),
    ...(filter && { filter }),
    ...(state.filterJson.trim() && { filterJson: state.filterJson.trim() }),
    ...(state.fileIds.length > 0 && { fileIds: state.fileIds }),
    ...switches,
  } as SearchInput;
}
