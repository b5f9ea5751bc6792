import MoreIcon from '@mui/icons-material/MoreVert';
import { IconButton, Menu, MenuItem } from '@mui/material';
import { useRef, useState } from 'react';
import { Link } from 'react-router-dom';
import type { File as StoredFile } from '../../../schema/generated/types.ts';
import { formatAmount } from '../display/format.ts';
import { ConfirmDialog } from '../layout/ConfirmDialog.tsx';
import { FileDetails } from './FileDetails.tsx';
import { useFileChanges } from './use-file-changes.ts';
import { useReplacement } from './use-replacement.tsx';

type Open = 'menu' | 'details' | 'delete' | null;

interface Action {
  label: string;
  run: () => void;
  isDangerous?: boolean;
}

/** What can be done with a file. */
export function FileActions({ file, canWrite }: { file: StoredFile; canWrite: boolean }) {
  const [open, setOpen] = useState<Open>(null);
  const { processAgain, remove, isBusy } = useFileChanges(file);
  const replacement = useReplacement(file);
  const button = useRef<HTMLButtonElement>(null);
  const base = `/databases/${encodeURIComponent(file.databaseId)}/show`;
  const query = `?fileId=${encodeURIComponent(file.id)}`;
  const close = (): void => {
    setOpen(null);
  };
  const closeAnd = (action: () => void) => (): void => {
    close();
    action();
  };
  const writing: Action[] = [
    { label: 'Process again', run: closeAnd(processAgain) },
    { label: 'Replace…', run: closeAnd(replacement.choose) },
    {
      label: 'Delete…',
      run: () => {
        setOpen('delete');
      },
      isDangerous: true,
    },
  ];
  const actions: Action[] = [
    {
      label: 'Details',
      run: () => {
        setOpen('details');
      },
    },
    ...(canWrite ? writing : []),
  ];

  return (
    <>
      <IconButton
        ref={button}
        size="small"
        aria-label={`Actions for ${file.name}`}
        aria-haspopup="menu"
        onClick={() => {
          setOpen('menu');
        }}
      >
        <MoreIcon />
      </IconButton>
      {replacement.input}
      <Menu anchorEl={button.current} open={open === 'menu'} onClose={close}>
        <MenuItem component={Link} to={`${base}/chunks${query}`}>
          Show chunks
        </MenuItem>
        <MenuItem component={Link} to={`${base}/search${query}`}>
          Search in this file
        </MenuItem>
        {actions.map(({ label, run, isDangerous }) => (
          <MenuItem key={label} onClick={run} sx={isDangerous ? { color: 'error.main' } : {}}>
            {label}
          </MenuItem>
        ))}
      </Menu>
      {open === 'details' && <FileDetails file={file} onClose={close} />}
      {open === 'delete' && (
        <ConfirmDialog
          title={`Delete ${file.name}?`}
          action="Delete"
          isBusy={isBusy}
          onClose={close}
          onConfirm={() => {
            remove(close);
          }}
        >
          The file and its {formatAmount(file.vectorCount, 'searchable chunk')} are gone for every search that
          follows. This cannot be undone.
        </ConfirmDialog>
      )}
    </>
  );
}
