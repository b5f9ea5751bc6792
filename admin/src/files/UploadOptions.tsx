import { Box } from '@mui/material';
import { findInput } from '../forms/find-input.ts';
import { OptionField } from '../forms/OptionField.tsx';
import { readOption } from '../forms/read-option.ts';
import { makeValidator } from '../forms/validate.ts';
import { inputs } from '../generated/descriptors.ts';
import type { InputDescriptor } from '../schema-model.ts';
import type { UploadTarget } from './upload-queue.ts';

/** What the fields hold, as text. */
type OptionTexts = Record<string, string>;

export const NO_OPTIONS: OptionTexts = {};

const FIELDS: InputDescriptor[] = [findInput(inputs.RequestUploadInput, 'metadata'), ...inputs.ChunkingInput];

function readValues(options: OptionTexts): Record<string, unknown> {
  return Object.fromEntries(FIELDS.map((input) => [input.name, readOption(input, options[input.name])]));
}

/** Returns what is wrong with the options, field by field. */
export function checkOptions(options: OptionTexts): { name: string; problem: string }[] {
  const values = readValues(options);
  return FIELDS.flatMap((input) => {
    const problem = makeValidator(input)(values[input.name], values);
    return problem ? [{ name: input.name, problem }] : [];
  });
}

/** Returns the options as `requestUpload` takes them. */
export function toTarget(options: OptionTexts): Pick<UploadTarget, 'metadata' | 'chunking'> {
  const { metadata, ...chunking } = readValues(options);
  const hasChunking = Object.values(chunking).some((value) => value !== undefined);
  return {
    ...(metadata !== undefined && { metadata: metadata as string }),
    ...(hasChunking && { chunking: chunking }),
  };
}

/** The fields that apply to every file of the next drop. */
export function UploadOptions({
  options,
  onChange,
}: {
  options: OptionTexts;
  onChange: (options: OptionTexts) => void;
}) {
  const problems = checkOptions(options);
  return (
    <Box
      sx={{
        display: 'grid',
        gap: 2,
        mt: 2.5,
        textAlign: 'left',
        gridTemplateColumns: { xs: '1fr', sm: 'repeat(3, 1fr)' },
      }}
    >
      {FIELDS.map((input) => (
        <OptionField
          key={input.name}
          input={input}
          value={options[input.name] ?? ''}
          problem={problems.find(({ name }) => name === input.name)?.problem}
          unset="as the database says"
          placeholder={input.type === 'AWSJSON' ? '{"author": "Ada", "year": 1843}' : undefined}
          isWide={input.type === 'AWSJSON'}
          onChange={(value) => {
            onChange({ ...options, [input.name]: value });
          }}
        />
      ))}
    </Box>
  );
}
