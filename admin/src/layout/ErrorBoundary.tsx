import { Button } from '@mui/material';
import { Component } from 'react';
import type { ReactNode } from 'react';
import { ErrorPanel } from './ErrorPanel.tsx';

interface Props {
  children: ReactNode;
}

/** Shows a mistake of the console itself instead of an empty page. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children;
    return (
      <>
        <ErrorPanel error={this.state.error} title="The console made a mistake" />
        <Button
          sx={{ mt: 2 }}
          onClick={() => {
            window.location.reload();
          }}
        >
          Load the page again
        </Button>
      </>
    );
  }
}
