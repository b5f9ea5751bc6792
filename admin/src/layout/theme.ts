import { defaultDarkTheme, defaultLightTheme } from 'react-admin';
import type { RaThemeOptions } from 'react-admin';

const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
const SERIF =
  '"Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", "Noto Serif", "Liberation Serif", Georgia, serif';
export const MONO =
  'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "Liberation Mono", monospace';

interface Colors {
  paper: string;
  surface: string;
  ink: string;
  muted: string;
  line: string;
  pine: string;
  onPine: string;
  amber: string;
  red: string;
  green: string;
  blue: string;
}

const light: Colors = {
  paper: '#f5f2ea',
  surface: '#fffdf8',
  ink: '#1f2d2b',
  muted: '#5a6864',
  line: '#ddd6c6',
  pine: '#1d4f4a',
  onPine: '#fffdf8',
  amber: '#8f5a10',
  red: '#9f3526',
  green: '#2a6a41',
  blue: '#2f5d85',
};

const dark: Colors = {
  paper: '#0f1719',
  surface: '#162124',
  ink: '#e9e5da',
  muted: '#a3b2ae',
  line: '#2b3a3d',
  pine: '#8ccdbe',
  onPine: '#0f1f1d',
  amber: '#e2ab58',
  red: '#f09b8c',
  green: '#8bcf9f',
  blue: '#92bfe6',
};

/** Paper and pine: a calm look that is neither react-admin's nor Material's own. */
export const lightTheme = makeTheme('light', light, defaultLightTheme);
export const darkTheme = makeTheme('dark', dark, defaultDarkTheme);

function makeTheme(mode: 'light' | 'dark', colors: Colors, base: RaThemeOptions): RaThemeOptions {
  return {
    ...base,
    palette: {
      mode,
      primary: { main: colors.pine, contrastText: colors.onPine },
      secondary: { main: colors.amber, contrastText: colors.onPine },
      error: { main: colors.red },
      warning: { main: colors.amber },
      success: { main: colors.green },
      info: { main: colors.blue },
      background: { default: colors.paper, paper: colors.surface },
      text: { primary: colors.ink, secondary: colors.muted },
      divider: colors.line,
    },
    shape: { borderRadius: 10 },
    typography: {
      fontFamily: SANS,
      fontSize: 14,
      h1: heading(32),
      h2: heading(23),
      h3: heading(18),
      h4: heading(17),
      h5: heading(16),
      h6: heading(16),
      overline: { letterSpacing: '0.09em', fontSize: 11, lineHeight: 1.6, fontWeight: 600 },
      button: { textTransform: 'none', fontWeight: 600 },
    },
    components: { ...base.components, ...makeComponents(colors) },
  };
}

/** A tint that marks what is open or chosen. */
function mix(color: string): string {
  return `color-mix(in srgb, ${color} 12%, transparent)`;
}

function heading(size: number): Record<string, unknown> {
  return { fontFamily: SERIF, fontWeight: 600, fontSize: size, lineHeight: 1.25, letterSpacing: '-0.01em' };
}

function makeComponents(colors: Colors): NonNullable<RaThemeOptions['components']> {
  return {
    MuiCssBaseline: {
      styleOverrides: {
        body: { fontVariantNumeric: 'tabular-nums', overflowWrap: 'break-word' },
        '*:focus-visible': { outline: `2px solid ${colors.amber}`, outlineOffset: 2 },
        '@media (prefers-reduced-motion: reduce)': {
          '*': { animationDuration: '0.01ms !important', transitionDuration: '0.01ms !important' },
        },
      },
    },
    MuiPaper: { defaultProps: { elevation: 0 }, styleOverrides: { root: { backgroundImage: 'none' } } },
    MuiCard: { defaultProps: { variant: 'outlined' } },
    MuiButton: {
      defaultProps: { disableElevation: true, size: 'medium' },
      styleOverrides: {
        root: {
          borderRadius: 8,
          whiteSpace: 'nowrap',
          flexShrink: 0,
          '&[aria-expanded=true]': { backgroundColor: mix(colors.pine) },
        },
      },
    },
    MuiTextField: { defaultProps: { variant: 'outlined', size: 'small', fullWidth: true } },
    MuiFormControl: { defaultProps: { variant: 'outlined', size: 'small', fullWidth: true } },
    MuiFormHelperText: { styleOverrides: { root: { marginLeft: 2, lineHeight: 1.45 } } },
    MuiTab: { styleOverrides: { root: { minHeight: 44, fontWeight: 600, minWidth: 72 } } },
    MuiChip: { styleOverrides: { root: { fontWeight: 600, borderRadius: 7 } } },
    MuiTooltip: { defaultProps: { arrow: true, enterDelay: 400 } },
    MuiDialog: { styleOverrides: { paper: { border: `1px solid ${colors.line}` } } },
    MuiLink: { styleOverrides: { root: { textUnderlineOffset: 3 } } },
  };
}
