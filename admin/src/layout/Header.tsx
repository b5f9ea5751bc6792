import DarkIcon from '@mui/icons-material/DarkModeOutlined';
import LightIcon from '@mui/icons-material/LightModeOutlined';
import AccountIcon from '@mui/icons-material/AccountCircleOutlined';
import { Box, Button, IconButton, LinearProgress, Menu, MenuItem, Tooltip, Typography } from '@mui/material';
import { useIsFetching } from '@tanstack/react-query';
import { useState } from 'react';
import { useGetIdentity, useLogout, usePermissions, useTheme } from 'react-admin';
import { NavLink } from 'react-router-dom';
import iconUrl from './icon.svg';

/** The bar on top: where one is, where else one can go, and who one is. */
export function Header() {
  const { permissions } = usePermissions<string>();
  return (
    <Box
      component="header"
      sx={{
        position: 'sticky',
        top: 0,
        zIndex: 1100,
        bgcolor: 'background.default',
        borderBottom: '1px solid',
        borderColor: 'divider',
      }}
    >
      <Box
        sx={{
          display: 'flex',
          alignItems: 'center',
          gap: { xs: 0.5, sm: 2 },
          maxWidth: 1160,
          mx: 'auto',
          px: { xs: 2, sm: 3 },
          minHeight: 60,
        }}
      >
        <Box
          component={NavLink}
          to="/databases"
          aria-label="Vector DB, to the databases"
          sx={{
            display: 'flex',
            alignItems: 'center',
            gap: 1.25,
            color: 'inherit',
            textDecoration: 'none',
            mr: { xs: 0.5, sm: 1 },
          }}
        >
          <img src={iconUrl} alt="" width={30} height={30} />
          <Typography
            component="span"
            variant="h3"
            sx={{ display: { xs: 'none', sm: 'block' }, whiteSpace: 'nowrap' }}
          >
            Vector DB
          </Typography>
        </Box>
        <Box component="nav" aria-label="Main" sx={{ display: 'flex', gap: 0.5 }}>
          <NavigationLink to="/databases" label="Databases" />
          {permissions === 'admin' && <NavigationLink to="/api-keys" label="API keys" />}
        </Box>
        <Box sx={{ flex: 1 }} />
        <ThemeToggle />
        <AccountMenu />
      </Box>
      <FetchingLine />
    </Box>
  );
}

function NavigationLink({ to, label }: { to: string; label: string }) {
  return (
    <Button
      component={NavLink}
      to={to}
      color="inherit"
      sx={{
        px: 1.5,
        color: 'text.secondary',
        whiteSpace: 'nowrap',
        '&.active': { color: 'text.primary', bgcolor: 'action.selected' },
      }}
    >
      {label}
    </Button>
  );
}

function FetchingLine() {
  const isFetching = useIsFetching() > 0;
  return (
    <Box sx={{ height: 2, mb: '-2px' }} aria-hidden>
      {isFetching && <LinearProgress sx={{ height: 2 }} />}
    </Box>
  );
}

function ThemeToggle() {
  const [chosen, choose] = useTheme();
  const isDark = chosen === 'dark';
  const label = isDark ? 'Use the light theme' : 'Use the dark theme';
  return (
    <Tooltip title={label}>
      <IconButton
        aria-label={label}
        onClick={() => {
          choose(isDark ? 'light' : 'dark');
        }}
      >
        {isDark ? <LightIcon /> : <DarkIcon />}
      </IconButton>
    </Tooltip>
  );
}

function AccountMenu() {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const { identity } = useGetIdentity();
  const logout = useLogout();
  return (
    <>
      <Tooltip title="Account">
        <IconButton
          aria-label="Account"
          aria-haspopup="menu"
          edge="end"
          onClick={(event) => {
            setAnchor(event.currentTarget);
          }}
        >
          <AccountIcon />
        </IconButton>
      </Tooltip>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => {
          setAnchor(null);
        }}
      >
        <Box sx={{ px: 2, py: 1 }}>
          <Typography sx={{ fontWeight: 600 }}>{identity?.fullName}</Typography>
          <Typography variant="body2" color="textSecondary">
            {identity?.['role'] === 'admin' ? 'Administrator' : 'Viewer: may read and search'}
          </Typography>
        </Box>
        <MenuItem onClick={() => void logout()}>Sign out</MenuItem>
      </Menu>
    </>
  );
}
