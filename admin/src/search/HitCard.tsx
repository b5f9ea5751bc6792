import {
  Box,
  Card,
  Link,
  Stack,
  Table,
  TableBody,
  TableCell,
  TableContainer,
  TableHead,
  TableRow,
  Typography,
} from '@mui/material';
import { Link as RouterLink } from 'react-router-dom';
import type { Hit, StageScore } from '../../../schema/generated/types.ts';
import { CopyButton } from '../display/CopyButton.tsx';
import { MetadataChips } from '../display/MetadataChips.tsx';
import { PassageText } from '../display/PassageText.tsx';

/** One hit: its passage, where it stands, its score and how that came about. */
export function HitCard({ hit, rank, databaseId }: { hit: Hit; rank: number; databaseId: string }) {
  const { id, score, distance, text, metadata, fileId, file, page, highlights, stages } = hit;
  const base = `/databases/${encodeURIComponent(databaseId)}/show`;
  return (
    <Card component="li" sx={{ p: { xs: 2, sm: 2.5 } }}>
      <Stack direction="row" spacing={1.5} sx={{ alignItems: 'center', mb: 1 }}>
        <Typography component="span" variant="h3" color="secondary" aria-label={`Rank ${rank}`}>
          {rank}
        </Typography>
        <Box sx={{ flex: 1, minWidth: 0 }}>
          {fileId ? (
            <Link
              component={RouterLink}
              to={`${base}/chunks?fileId=${encodeURIComponent(fileId)}`}
              sx={{ fontWeight: 600 }}
            >
              {file?.name ?? 'a file that is gone by now'}
            </Link>
          ) : (
            <Typography component="span" sx={{ fontWeight: 600 }}>
              {id}
            </Typography>
          )}
          {page !== null && (
            <Typography component="span" color="textSecondary">{` · page ${page}`}</Typography>
          )}
        </Box>
        <Typography
          variant="body2"
          color="textSecondary"
          title={distance === null ? 'found by words' : `distance ${distance}`}
          sx={{ whiteSpace: 'nowrap' }}
        >
          score {score.toPrecision(4)}
        </Typography>
        <CopyButton text={id} label="Copy id" iconOnly />
      </Stack>
      {text === null ? (
        <Typography color="textSecondary">This vector has no text.</Typography>
      ) : (
        <PassageText text={text} highlights={highlights} />
      )}
      <MetadataChips metadata={metadata} />
      {stages && stages.length > 0 && <Stages stages={stages} />}
      <Link
        component={RouterLink}
        to={`${base}/search?like=${encodeURIComponent(id)}`}
        variant="body2"
        sx={{ display: 'inline-block', mt: 1 }}
      >
        More like this
      </Link>
    </Card>
  );
}

function Stages({ stages }: { stages: StageScore[] }) {
  return (
    <TableContainer sx={{ mt: 1.5, '& .MuiTableCell-root': { px: { xs: 0.75, sm: 2 } } }}>
      <Table size="small" aria-label="How the score came about">
        <TableHead>
          <TableRow>
            <TableCell>Stage</TableCell>
            <TableCell align="right">Rank</TableCell>
            <TableCell align="right">Score</TableCell>
            <TableCell>Detail</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {stages.map(({ stage, rank, score, detail }) => (
            <TableRow key={stage}>
              <TableCell>{stage}</TableCell>
              <TableCell align="right">{rank ?? '–'}</TableCell>
              <TableCell align="right">{score === null ? '–' : score.toPrecision(4)}</TableCell>
              <TableCell sx={{ overflowWrap: 'anywhere' }}>{detail ?? ''}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </TableContainer>
  );
}
