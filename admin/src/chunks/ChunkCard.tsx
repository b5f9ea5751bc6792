import { Card, Link, Stack, Typography } from '@mui/material';
import { Link as RouterLink } from 'react-router-dom';
import type { Vector } from '../../../schema/generated/types.ts';
import { CopyButton } from '../display/CopyButton.tsx';
import { MetadataChips } from '../display/MetadataChips.tsx';
import { PassageText } from '../display/PassageText.tsx';

/** One chunk: its place in the source, its text and its metadata. */
export function ChunkCard({ vector }: { vector: Vector }) {
  const { id, databaseId, chunkIndex, page, startOffset, endOffset, text, metadata, file } = vector;
  const base = `/databases/${encodeURIComponent(databaseId)}/show`;
  const place = [
    chunkIndex !== null && `chunk ${chunkIndex}`,
    page !== null && `page ${page}`,
    startOffset !== null && endOffset !== null && `characters ${startOffset}–${endOffset}`,
  ].filter(Boolean);
  return (
    <Card component="li" sx={{ p: 2 }}>
      <Stack direction="row" spacing={1} sx={{ alignItems: 'center', mb: 1 }}>
        <Typography variant="body2" color="textSecondary" sx={{ flex: 1, minWidth: 0 }}>
          {file ? file.name : vector.fileId ? '' : id}
          {file && place.length > 0 && ' · '}
          {place.join(' · ')}
        </Typography>
        <Link
          component={RouterLink}
          to={`${base}/search?like=${encodeURIComponent(id)}`}
          variant="body2"
          sx={{ whiteSpace: 'nowrap' }}
        >
          More like this
        </Link>
        <CopyButton text={id} label="Copy id" iconOnly />
      </Stack>
      {text === null ? (
        <Typography color="textSecondary">This vector has no text.</Typography>
      ) : (
        <PassageText text={text} />
      )}
      <MetadataChips metadata={metadata} />
    </Card>
  );
}
