import { Box, Chip } from '@mui/material';
import { readJson } from './format.ts';

/** A record's metadata, one chip a field. */
export function MetadataChips({ metadata }: { metadata: unknown }) {
  const value = readJson(metadata);
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value as Record<string, unknown>);
  if (entries.length === 0) return null;
  return (
    <Box
      component="ul"
      aria-label="Metadata"
      sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.75, listStyle: 'none', p: 0, m: 0, mt: 1 }}
    >
      {entries.map(([name, item]) => (
        <Chip
          key={name}
          component="li"
          size="small"
          variant="outlined"
          label={`${name}: ${Array.isArray(item) ? item.join(', ') : JSON.stringify(item).replace(/^"|"$/g, '')}`}
          sx={{
            maxWidth: '100%',
            height: 'auto',
            fontWeight: 400,
            '& .MuiChip-label': { whiteSpace: 'normal', py: 0.25 },
          }}
        />
      ))}
    </Box>
  );
}
