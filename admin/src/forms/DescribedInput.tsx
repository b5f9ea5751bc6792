import {
  BooleanInput,
  CheckboxGroupInput,
  DateTimeInput,
  NumberInput,
  SelectInput,
  TextInput,
} from 'react-admin';
import { formatEnum, formatName } from '../display/format.ts';
import { enums } from '../generated/descriptors.ts';
import type { EnumDescriptor, InputDescriptor } from '../schema-model.ts';
import { makeValidator } from './validate.ts';

interface Props {
  input: InputDescriptor;
  /** The object of the form that the input stands in, such as `chunking`. */
  within?: string;
  label?: string;
  helperText?: string;
}

/** The form field that suits an input of the schema, with its description, default and checks. */
export function DescribedInput({
  input,
  within,
  label = formatName(input.name),
  helperText = input.description,
}: Props) {
  const source = within ? `${within}.${input.name}` : input.name;
  const shared = { source, label, helperText, validate: makeValidator(input), isRequired: input.isRequired };
  const fallback = input.constraint.default;
  if (input.kind === 'ENUM') {
    const choices = ((enums as Record<string, EnumDescriptor[]>)[input.type] ?? []).map(
      ({ value, description }) => ({ id: value, name: formatEnum(value), description }),
    );
    if (input.isList)
      return (
        <CheckboxGroupInput
          {...shared}
          choices={choices}
          optionText={(choice: EnumChoice) => `${choice.name}: ${choice.description}`}
          row={false}
        />
      );
    return (
      <SelectInput
        {...shared}
        choices={choices}
        optionText={(choice: EnumChoice) => choice.name}
        emptyText={fallback ? `default: ${formatEnum(String(fallback))}` : 'default'}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      />
    );
  }
  if (input.type === 'Boolean') return <BooleanInput {...shared} />;
  if (input.type === 'AWSDateTime')
    return <DateTimeInput {...shared} slotProps={{ inputLabel: { shrink: true } }} />;
  if (input.type === 'Int' || input.type === 'Float') {
    const { min, max } = input.constraint;
    const placeholder = fallback === undefined ? undefined : String(fallback);
    return (
      <NumberInput
        {...shared}
        min={min}
        max={max}
        step={input.type === 'Int' ? 1 : 'any'}
        placeholder={placeholder}
        slotProps={{ inputLabel: { shrink: true } }}
      />
    );
  }
  const isLong = (input.constraint.maxLength ?? 0) > 512;
  return (
    <TextInput
      {...shared}
      multiline={isLong}
      minRows={isLong ? 2 : undefined}
      parse={(value: string) => value}
    />
  );
}

interface EnumChoice {
  id: string;
  name: string;
  description: string;
}
