import AddIcon from '@mui/icons-material/Add';
import CloseIcon from '@mui/icons-material/Close';
import {
  Box,
  Button,
  IconButton,
  MenuItem,
  Stack,
  TextField,
  ToggleButton,
  ToggleButtonGroup,
  Typography,
} from '@mui/material';
import type { MetadataField } from '../../../schema/generated/types.ts';
import { formatName } from '../display/format.ts';
import { findOperator, listOperators, makeRule } from './filter-rules.ts';
import type { Rule } from './filter-rules.ts';
import type { SearchState } from './search-state.ts';

const OPERATOR_NAMES: Record<string, string> = {
  ...{
    eq: 'is',
    ne: 'is not',
    in: 'is one of',
    notIn: 'is none of',
    beginsWith: 'begins with',
    contains: 'contains',
  },
  ...{ gt: 'is more than', gte: 'is at least', lt: 'is less than', lte: 'is at most', between: 'is between' },
  ...{ containsAny: 'contains any of', containsAll: 'contains all of', exists: 'exists' },
};

interface Props {
  fields: MetadataField[];
  state: SearchState;
  problems: Record<string, string>;
  onChange: (part: Partial<SearchState>) => void;
}

/** Builds a filter from the metadata fields that the database has. */
export function FilterBuilder({ fields, state, problems, onChange }: Props) {
  const { rules, join, filterJson } = state;
  const change = (key: number, part: Partial<Rule>): void => {
    onChange({ rules: rules.map((rule) => (rule.key === key ? { ...rule, ...part } : rule)) });
  };

  function add(): void {
    const [first] = fields;
    if (first)
      onChange({ rules: [...rules, makeRule(Math.max(0, ...rules.map(({ key }) => key)) + 1, first)] });
  }

  return (
    <Stack spacing={1.5}>
      {fields.length === 0 && (
        <Typography variant="body2" color="textSecondary">
          No metadata fields yet: files and vectors with metadata bring them.
        </Typography>
      )}
      {rules.length > 1 && (
        <ToggleButtonGroup
          exclusive
          size="small"
          color="primary"
          value={join}
          aria-label="How rules combine"
          onChange={(_, next: 'and' | 'or' | null) => {
            if (next) onChange({ join: next });
          }}
        >
          <ToggleButton value="and">All must match</ToggleButton>
          <ToggleButton value="or">Any may match</ToggleButton>
        </ToggleButtonGroup>
      )}
      {rules.map((rule) => (
        <RuleRow
          key={rule.key}
          rule={rule}
          fields={fields}
          problem={problems[`rule.${rule.key}`]}
          onChange={(part) => {
            change(rule.key, part);
          }}
          onRemove={() => {
            onChange({ rules: rules.filter(({ key }) => key !== rule.key) });
          }}
        />
      ))}
      {fields.length > 0 && (
        <Box>
          <Button size="small" startIcon={<AddIcon />} onClick={add}>
            Add a rule
          </Button>
        </Box>
      )}
      <TextField
        label="Filter as JSON"
        value={filterJson}
        onChange={(event) => {
          onChange({ filterJson: event.target.value });
        }}
        multiline
        maxRows={8}
        placeholder='{"year": {"$gte": 2020}}'
        error={problems['filterJson'] !== undefined}
        helperText={problems['filterJson'] ?? 'Instead of rules: the $eq, $in, $and spelling.'}
        slotProps={{ inputLabel: { shrink: true } }}
      />
    </Stack>
  );
}

interface RowProps {
  rule: Rule;
  fields: MetadataField[];
  problem: string | undefined;
  onChange: (part: Partial<Rule>) => void;
  onRemove: () => void;
}

function RuleRow({ rule, fields, problem, onChange, onRemove }: RowProps) {
  const isBoolean = findOperator(rule)?.type === 'Boolean';
  return (
    <Box
      sx={{
        display: 'grid',
        gap: 1,
        alignItems: 'start',
        gridTemplateColumns: { xs: '1fr auto', sm: '1fr 1fr 1.4fr auto' },
      }}
    >
      <TextField
        select
        label="Field"
        value={rule.field}
        onChange={(event) => {
          const field = fields.find(({ name }) => name === event.target.value);
          if (field) onChange(makeRule(rule.key, field));
        }}
      >
        {fields.map(({ name }) => (
          <MenuItem key={name} value={name}>
            {name}
          </MenuItem>
        ))}
      </TextField>
      <IconButton
        aria-label={`Remove the rule on ${rule.field}`}
        onClick={onRemove}
        sx={{ order: { sm: 4 } }}
      >
        <CloseIcon />
      </IconButton>
      <TextField
        select
        label="Condition"
        value={rule.operator}
        onChange={(event) => {
          onChange({
            operator: event.target.value,
            text: event.target.value === 'exists' ? 'true' : isBoolean ? 'true' : rule.text,
          });
        }}
        sx={{ gridColumn: { xs: '1 / -1', sm: 'auto' } }}
      >
        {listOperators(rule.type).map(({ name }) => (
          <MenuItem key={name} value={name}>
            {OPERATOR_NAMES[name] ?? formatName(name)}
          </MenuItem>
        ))}
      </TextField>
      <ValueField rule={rule} problem={problem} onChange={onChange} />
    </Box>
  );
}

function ValueField({ rule, problem, onChange }: Pick<RowProps, 'rule' | 'problem' | 'onChange'>) {
  const operator = findOperator(rule);
  const isBoolean = operator?.type === 'Boolean';
  return (
    <TextField
      key={String(isBoolean)}
      select={isBoolean}
      label={operator?.isList ? 'Values, with commas' : 'Value'}
      value={isBoolean ? rule.text || 'true' : rule.text}
      onChange={(event) => {
        onChange({ text: event.target.value });
      }}
      error={problem !== undefined}
      helperText={problem ?? operator?.description}
      sx={{ gridColumn: { xs: '1 / -1', sm: 'auto' } }}
    >
      {isBoolean && [
        <MenuItem key="true" value="true">
          true
        </MenuItem>,
        <MenuItem key="false" value="false">
          false
        </MenuItem>,
      ]}
    </TextField>
  );
}
