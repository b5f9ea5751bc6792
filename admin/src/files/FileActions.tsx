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

interface Props {
  file: StoredFile;
  canWrite: boolean;
  /** Whether it waits for its bytes or is being processed, by the newest report. */
  isUnderWay: boolean;
}

/** What can be done with a file. */
export function FileActions({ file, canWrite, isUnderWay }: Props) {
  const [open, setOpen] = useState<Open>(null);
  const { processAgain, cancel, remove, isBusy } = useFileChanges(file);
  const replacement = useReplacement(file);
  const button = useRef<HTMLButtonElement>(null);
  const show = (next: Open) => (): void => {
    setOpen(next);
  };
  const close = show(null);
  const closeAnd = (action: () => void) => (): void => {
    close();
    action();
  };
  const writing: Action[] = [
    isUnderWay
      ? { label: 'Cancel processing', run: closeAnd(cancel) }
      : { label: 'Process again', run: closeAnd(processAgain) },
    { label: 'Replace…', run: closeAnd(replacement.choose) },
    { label: 'Delete…', run: show('delete'), isDangerous: true },
  ];
  const actions: Action[] = [{ label: 'Details', run: show('details') }, ...(canWrite ? writing : [])];

  return (
    <>
      <IconButton
        ref={button}
        size="small"
        aria-label={`Actions for ${file.name}`}
        aria-haspopup="menu"
        onClick={show('menu')}
      >
        <MoreIcon />
      </IconButton>
      {replacement.input}
      <FileMenu
        file={file}
        anchor={open === 'menu' ? button.current : null}
        actions={actions}
        onClose={close}
      />
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

interface MenuProps {
  file: StoredFile;
  anchor: HTMLElement | null;
  actions: Action[];
  onClose: () => void;
}

function FileMenu({ file, anchor, actions, onClose }: MenuProps) {
  const base = `/databases/${encodeURIComponent(file.databaseId)}/show`;
  const query = `?fileId=${encodeURIComponent(file.id)}`;
  return (
    <Menu anchorEl={anchor} open={anchor !== null} onClose={onClose}>
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
  );
}
