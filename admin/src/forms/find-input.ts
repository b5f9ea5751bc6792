import type { InputDescriptor } from '../schema-model.ts';

/** Inputs that a form's own code places; all others appear by themselves, so that a new field of the schema is never missing. */
export function omitPlaced(all: InputDescriptor[], placed: string[]): InputDescriptor[] {
  return all.filter(
    ({ name, kind }) =>
      !placed.includes(name) && name !== 'clientRequestToken' && name !== 'id' && kind !== 'OBJECT',
  );
}

/** Returns an input by its name. */
export function findInput(all: InputDescriptor[], name: string): InputDescriptor {
  const found = all.find((input) => input.name === name);
  if (!found) throw new Error(`The schema has no input ${name} here.`);
  return found;
}
