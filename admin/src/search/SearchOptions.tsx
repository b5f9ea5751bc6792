import { Box, FormControlLabel, FormHelperText, Switch, Typography } from '@mui/material';
import { formatName } from '../display/format.ts';
import { OptionField } from '../forms/OptionField.tsx';
import { FUSION, OPTIONS, SWITCHES } from './search-state.ts';
import type { SearchState } from './search-state.ts';

interface Props {
  state: SearchState;
  problems: Record<string, string>;
  onChange: (part: Partial<SearchState>) => void;
}

/** Everything that can be said of a search beside its text and filter. */
export function SearchOptions({ state, problems, onChange }: Props) {
  const { options, fusion, switches } = state;
  return (
    <Box
      sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: '1fr', sm: '1fr 1fr', md: '1fr 1fr 1fr' } }}
    >
      {SWITCHES.map(({ name, description }) => (
        <Box key={name}>
          <FormControlLabel
            control={
              <Switch
                checked={switches[name] ?? false}
                onChange={(event) => {
                  onChange({ switches: { ...switches, [name]: event.target.checked } });
                }}
              />
            }
            label={formatName(name)}
          />
          <FormHelperText>{description}</FormHelperText>
        </Box>
      ))}
      {OPTIONS.map((input) => (
        <OptionField
          key={input.name}
          input={input}
          value={options[input.name] ?? ''}
          problem={problems[input.name]}
          onChange={(value) => {
            onChange({ options: { ...options, [input.name]: value } });
          }}
        />
      ))}
      <Typography variant="h3" sx={{ gridColumn: '1 / -1' }}>
        Fusion of a hybrid search
      </Typography>
      {FUSION.map((input) => (
        <OptionField
          key={input.name}
          input={input}
          value={fusion[input.name] ?? ''}
          problem={problems[`fusion.${input.name}`]}
          onChange={(value) => {
            onChange({ fusion: { ...fusion, [input.name]: value } });
          }}
        />
      ))}
    </Box>
  );
}
