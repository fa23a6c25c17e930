BEGIN TRANSACTION;
CREATE TABLE units (unit TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID, STRICT;
INSERT INTO "units" VALUES('cap/CAP_ABC','{"places":{"ABC/inboxes/clifiles.src":{"is":"filled"},"ABC/inboxes/clicomp.src":{"is":"filled"},"ABC/inboxes/pkginfo.box":{"is":"filled"},"ABC/inboxes/offerinf.box":{"is":"filled"},"ABC/inboxes/clidata.src":{"is":"filled"}},"systems":["SRVABC"]}');
INSERT INTO "units" VALUES('dp/ABC00001','{"places":{"packages/ABC00001/source":{"is":"filled"},"packages/ABC00001/package.yaml":{"is":"file"}},"systems":["SRVABC","SRVSEC"]}');
COMMIT;
