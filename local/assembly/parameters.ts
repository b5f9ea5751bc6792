import { InvalidAssembly } from './read-assembly.ts';
import type { TemplateParameter } from './read-assembly.ts';

/** Parameter values given at the start, by `<name>` or `<stack>.<name>`. */
export type ParameterValues = ReadonlyMap<string, string>;

/** Returns what `Ref` of a parameter gives; fails as creating the stack would. `given` wins over the default. */
export function parameterValue(parameter: TemplateParameter, given: unknown, place: string): unknown {
  const value = given ?? defaultOf(parameter, place);
  if (Array.isArray(value)) return value.map((item) => checkValue(parameter, String(item), place));
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw new InvalidAssembly(`${place} is ${JSON.stringify(value)}; expected text or a number`);
  const text = String(value);
  if (!isList(parameter)) return checkValue(parameter, text, place);
  return text.split(',').map((item) => checkValue(parameter, item.trim(), place));
}

/** Fails when a value was given for a parameter that no stack declares. */
export function refuseUnknownParameters(
  given: ParameterValues,
  stacks: readonly { name: string; template: { Parameters?: object } }[],
): void {
  const known = new Set(
    stacks.flatMap(({ name, template }) =>
      Object.keys(template.Parameters ?? {}).flatMap((parameter) => [parameter, `${name}.${parameter}`]),
    ),
  );
  for (const name of given.keys()) {
    if (!known.has(name))
      throw new InvalidAssembly(`--parameter names ${name}, which no stack of the assembly declares`);
  }
}

const isList = ({ Type }: TemplateParameter): boolean =>
  Type === 'CommaDelimitedList' || Type.startsWith('List<');

function defaultOf({ Type, Default }: TemplateParameter, place: string): unknown {
  const name = place.slice(place.lastIndexOf(' ') + 1);
  if (Type.startsWith('AWS::SSM::Parameter::'))
    throw new InvalidAssembly(
      `${place} is kept in Parameter Store, which does not run here; give it with --parameter ${name}=…`,
    );
  if (Default === undefined)
    throw new InvalidAssembly(`${place} has no default; give it with --parameter ${name}=…`);
  return Default;
}

function checkValue(parameter: TemplateParameter, value: string, place: string): string {
  const shown = parameter.NoEcho === true ? 'its value' : JSON.stringify(value);
  const refuse = (expectation: string): never => {
    throw new InvalidAssembly(
      `${place} is ${shown}; expected ${parameter.ConstraintDescription ?? expectation}`,
    );
  };
  const { AllowedValues, AllowedPattern, MinLength, MaxLength, MinValue, MaxValue } = parameter;
  if (AllowedValues && !AllowedValues.some((allowed) => String(allowed) === value))
    refuse(`one of ${AllowedValues.map(String).join(', ')}`);
  if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(value))
    refuse(`a value that matches ${AllowedPattern}`);
  if (value.length < Number(MinLength ?? 0)) refuse(`at least ${String(MinLength)} characters`);
  if (value.length > Number(MaxLength ?? Infinity)) refuse(`at most ${String(MaxLength)} characters`);
  if (!parameter.Type.includes('Number')) return value;
  if (value.trim() === '' || !Number.isFinite(Number(value))) refuse('a number');
  if (Number(value) < Number(MinValue ?? -Infinity)) refuse(`at least ${String(MinValue)}`);
  if (Number(value) > Number(MaxValue ?? Infinity)) refuse(`at most ${String(MaxValue)}`);
  return value;
}
