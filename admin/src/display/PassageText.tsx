import { Box, Button } from '@mui/material';
import { useState } from 'react';
import type { TextRange } from '../../../schema/generated/types.ts';

const LONG = 700;

/** Cuts a text at its highlights; ranges that overlap or lie outside are brought in order. */
export function splitAtHighlights(text: string, ranges: TextRange[]): { text: string; isHit: boolean }[] {
  const parts: { text: string; isHit: boolean }[] = [];
  let at = 0;
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const from = Math.max(at, start);
    const to = Math.min(text.length, end);
    if (from >= to) continue;
    if (from > at) parts.push({ text: text.slice(at, from), isHit: false });
    parts.push({ text: text.slice(from, to), isHit: true });
    at = to;
  }
  if (at < text.length) parts.push({ text: text.slice(at), isHit: false });
  return parts;
}

/** The text of a chunk with the query's words marked; a long one can be unfolded. */
export function PassageText({
  text,
  highlights,
}: {
  text: string;
  highlights?: TextRange[] | null | undefined;
}) {
  const [isOpen, setIsOpen] = useState(false);
  const isLong = text.length > LONG;
  const shown = isLong && !isOpen ? `${text.slice(0, LONG)}…` : text;
  return (
    <>
      <Box
        component="p"
        sx={{ m: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', lineHeight: 1.6, maxWidth: '78ch' }}
      >
        {splitAtHighlights(shown, highlights ?? []).map((part, index) =>
          part.isHit ? (
            <Box
              component="mark"
              key={index}
              sx={{
                bgcolor: 'color-mix(in srgb, currentColor 4%, transparent)',
                color: 'inherit',
                fontWeight: 650,
                borderBottom: '2px solid',
                borderColor: 'secondary.main',
              }}
            >
              {part.text}
            </Box>
          ) : (
            <span key={index}>{part.text}</span>
          ),
        )}
      </Box>
      {isLong && (
        <Button
          size="small"
          onClick={() => {
            setIsOpen(!isOpen);
          }}
          aria-expanded={isOpen}
          sx={{ ml: -0.5 }}
        >
          {isOpen ? 'Show less' : 'Show all'}
        </Button>
      )}
    </>
  );
}
