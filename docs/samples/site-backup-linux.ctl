# Backup of the site ABC on a Linux machine, for 'sitewright-agent site-backup run'.
# A database recipe for PostgreSQL; docs/backup.md has others.

[Tokens]
SITE_CODE = ABC
SITE_ROOT = /srv/sms/ABC
BACKUP_DESTINATION = /var/backups/sites/SITE_CODE
DATABASE = sms_abc

[Stop]
service sms-executive
service sms-site-component-manager
sleep 5

[Tasks]
db   BACKUP_DESTINATION/database/site.dump /usr/bin/pg_dump --format=custom --file=BACKUP_DESTINATION/database/site.dump DATABASE
reg  /srv/sms/settings BACKUP_DESTINATION/settings
file SITE_ROOT BACKUP_DESTINATION/site
machinfo BACKUP_DESTINATION/machine.json

[Start]
service sms-site-component-manager
service sms-executive

# How a restore in place loads the database, and what is checked before.
[Restore]
check BACKUP_DESTINATION/database/site.dump /usr/bin/pg_restore --list --file=/dev/null BACKUP_DESTINATION/database/site.dump
db    BACKUP_DESTINATION/database/site.dump /usr/bin/pg_restore --clean --if-exists --single-transaction --dbname=DATABASE BACKUP_DESTINATION/database/site.dump
