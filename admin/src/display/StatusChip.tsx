import { Chip, Tooltip } from '@mui/material';
import { enums } from '../generated/descriptors.ts';
import { formatEnum } from './format.ts';

type Color = 'default' | 'success' | 'error' | 'info' | 'warning';

const COLORS: Record<string, Color> = {
  READY: 'success',
  ACTIVE: 'success',
  FAILED: 'error',
  REVOKED: 'error',
  EXPIRED: 'warning',
  DELETING: 'warning',
};

/** A status by word and colour, with the schema's explanation of it. */
export function StatusChip({
  status,
  of,
}: {
  status: string;
  of: 'DatabaseStatus' | 'FileStatus' | 'KeyStatus';
}) {
  const description = enums[of].find(({ value }) => value === status)?.description ?? '';
  return (
    <Tooltip title={description} describeChild>
      <Chip size="small" variant="outlined" color={COLORS[status] ?? 'info'} label={formatEnum(status)} />
    </Tooltip>
  );
}
