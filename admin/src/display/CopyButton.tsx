import CheckIcon from '@mui/icons-material/Check';
import CopyIcon from '@mui/icons-material/ContentCopyOutlined';
import { Button, IconButton, Tooltip } from '@mui/material';
import { useState } from 'react';
import { useNotify } from 'react-admin';

/** Copies a text, by an icon alone or with a label. */
export function CopyButton({
  text,
  label,
  iconOnly = false,
}: {
  text: string;
  label: string;
  iconOnly?: boolean;
}) {
  const [isCopied, setIsCopied] = useState(false);
  const notify = useNotify();

  function copy(): void {
    navigator.clipboard.writeText(text).then(
      () => {
        setIsCopied(true);
        setTimeout(() => {
          setIsCopied(false);
        }, 2000);
      },
      () => {
        notify('The browser does not allow copying here. Select the text and copy it by hand.', {
          type: 'warning',
        });
      },
    );
  }

  const icon = isCopied ? <CheckIcon fontSize="small" /> : <CopyIcon fontSize="small" />;
  if (!iconOnly)
    return (
      <Button size="small" startIcon={icon} onClick={copy}>
        {isCopied ? 'Copied' : label}
      </Button>
    );
  return (
    <Tooltip title={isCopied ? 'Copied' : label}>
      <IconButton size="small" aria-label={label} onClick={copy}>
        {icon}
      </IconButton>
    </Tooltip>
  );
}
