import { MenuItem, TextField } from '@mui/material';
import { formatEnum, formatName } from '../display/format.ts';
import { enums } from '../generated/descriptors.ts';
import type { EnumDescriptor, InputDescriptor } from '../schema-model.ts';

interface Props {
  input: InputDescriptor;
  value: string;
  onChange: (value: string) => void;
  problem?: string | undefined;
  /** What it means to leave the field empty. */
  unset?: string;
  placeholder?: string | undefined;
  isWide?: boolean;
}

/** Reads the text of a field as the schema's type wants it; empty means not given. */
export function readOption({ type, isList }: InputDescriptor, text: string | undefined): unknown {
  if (text === undefined || text.trim() === '') return undefined;
  if (isList) return readList(text, type);
  return type === 'Int' || type === 'Float' ? Number(text) : text;
}

/** Takes a JSON list, or values between commas. */
function readList(text: string, type: string): unknown[] {
  const isNumeric = type === 'Int' || type === 'Float';
  const bare = text.trim().replace(/^\[|\]$/g, '');
  return bare
    .split(',')
    .map((item) => item.trim().replace(/^"|"$/g, ''))
    .filter((item) => item !== '')
    .map((item) => (isNumeric ? Number(item) : item));
}

/** A field outside of react-admin's forms, for an optional input of the schema. */
export function OptionField({ input, value, onChange, problem, unset, placeholder, isWide = false }: Props) {
  const choices = input.kind === 'ENUM' ? (enums as Record<string, EnumDescriptor[]>)[input.type] : undefined;
  const fallback = input.constraint.default;
  const empty =
    unset ??
    (fallback === undefined || fallback === null
      ? 'not set'
      : `default: ${formatEnum(String(fallback as string))}`);
  const isNumber = !input.isList && (input.type === 'Int' || input.type === 'Float');
  return (
    <TextField
      label={formatName(input.name)}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={problem !== undefined}
      helperText={problem ?? input.description}
      select={choices !== undefined}
      type={isNumber ? 'number' : 'text'}
      multiline={isWide && !choices}
      maxRows={8}
      placeholder={placeholder ?? empty}
      slotProps={{
        inputLabel: { shrink: true },
        select: { displayEmpty: true },
        htmlInput: isNumber
          ? { min: input.constraint.min, max: input.constraint.max, step: input.type === 'Int' ? 1 : 'any' }
          : {},
      }}
      sx={isWide ? { gridColumn: '1 / -1' } : {}}
    >
      {choices && <MenuItem value="">{empty}</MenuItem>}
      {choices?.map((choice) => (
        <MenuItem key={choice.value} value={choice.value}>
          {formatEnum(choice.value)}
        </MenuItem>
      ))}
    </TextField>
  );
}
