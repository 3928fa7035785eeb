/** The narrow rail: an icon and a word for every page there is. */
import type { ReactNode } from "react";
import { NavLink } from "react-router";
import { Icon } from "./Icon";
import { pages } from "./page";
import classes from "./Rail.module.css";

export function Rail(): ReactNode {
  return (
    <nav className={classes["rail"]} aria-label="Pages">
      <span className={classes["mark"]} aria-hidden="true">
        <svg viewBox="0 0 24 24">
          <path d="M4 16 9 9.5l4 4L20 6" />
        </svg>
      </span>
      <ul>
        {pages.map((page) => (
          <li key={page.path}>
            <NavLink to={page.path} className={({ isActive }) => `${classes["entry"]} ${isActive ? classes["active"] : ""}`}>
              <Icon name={page.icon} />
              {page.title}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
