import { formatBytes, formatCount, formatDate, formatEnum, formatName, readJson } from './format.ts';
import { Fact, FactGrid } from './Fact.tsx';
import { types } from '../generated/descriptors.ts';
import type { FieldDescriptor } from '../schema-model.ts';

interface Props {
  type: keyof typeof types;
  record: object;
  /** Fields that are shown elsewhere on the screen. */
  omit?: string[];
  /** Leaves out fields that are null. */
  isBrief?: boolean;
}

/** Every field of a record under its name, with the schema's description as its explanation. */
export function RecordFacts({ type, record, omit = [], isBrief = false }: Props) {
  const values = record as Record<string, unknown>;
  return (
    <FactGrid>
      {types[type]
        .filter(
          ({ name }) =>
            !omit.includes(name) && values[name] !== undefined && !(isBrief && values[name] === null),
        )
        .map((field) => (
          <Fact key={field.name} label={formatName(field.name)} description={field.description}>
            {formatValue(values[field.name], field)}
          </Fact>
        ))}
    </FactGrid>
  );
}

/** Spells a value as its type and name ask for. */
function formatValue(value: unknown, field: FieldDescriptor): string {
  if (value === null || value === undefined) return '–';
  if (Array.isArray(value))
    return value.length === 0
      ? '–'
      : value.map((item) => formatValue(item, { ...field, isList: false })).join(', ');
  if (field.kind === 'OBJECT') return formatObject(value as Record<string, unknown>, field.type);
  if (typeof value === 'string') return formatText(value, field);
  if (typeof value === 'number') return /bytes$/i.test(field.name) ? formatBytes(value) : formatCount(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return JSON.stringify(value);
}

function formatText(value: string, field: FieldDescriptor): string {
  if (field.kind === 'ENUM') return formatEnum(value);
  if (field.type === 'AWSDateTime') return formatDate(value);
  return field.type === 'AWSJSON' ? JSON.stringify(readJson(value)) : value;
}

function formatObject(value: Record<string, unknown>, type: string): string {
  const fields = (types as Record<string, FieldDescriptor[]>)[type] ?? [];
  return fields
    .filter(({ name }) => value[name] !== undefined && value[name] !== null)
    .map(
      (field) =>
        (field.type === 'Int' ? `${formatName(field.name).toLowerCase()} ` : '') +
        formatValue(value[field.name], field),
    )
    .join(' · ');
}
