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

/** A field outside of react-admin's forms, for an optional input of the schema. */
export function OptionField({ input, value, onChange, problem, unset, placeholder, isWide = false }: Props) {
  const choices = input.kind === 'ENUM' ? (enums as Record<string, EnumDescriptor[]>)[input.type] : undefined;
  const fallback = input.constraint.default;
  const empty = unset ?? (fallback === undefined ? 'not set' : `default: ${formatEnum(String(fallback))}`);
  const isNumber = !input.isList && (input.type === 'Int' || input.type === 'Float');
  return (
    <TextField
      label={formatName(input.name)}
      value={value}
      onChange={(event) => {
        onChange(event.target.value);
      }}
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
