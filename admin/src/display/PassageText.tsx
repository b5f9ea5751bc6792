import { Box, Button } from '@mui/material';
import { useState } from 'react';
import type { TextRange } from '../../../schema/generated/types.ts';
import { splitAtHighlights } from './split-at-highlights.ts';

const LONG = 700;

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
