# Backup of the site ABC in the form of SMS 2.0. SMS sets the first tokens itself; elsewhere they are set here or with --set.

[Tokens]
SITE_CODE=ABC
SITE_SERVER=SRVABC
SITE_SERVER_ROOT_DIR=C:\SMS
SITE_DB_NAME=SMS_ABC
BACKUP_DEST_DIR=E:\SMSBackup

BACKUP_DESTINATION=BACKUP_DEST_DIR\SITE_CODE
SITE_SERVER_DEST=BACKUP_DESTINATION\SiteServer
SITE_DB_SERVER_DEST=BACKUP_DESTINATION\SiteDBServer

[Stop]
service \\%SITE_SERVER%\SMS_SITE_COMPONENT_MANAGER
service \\%SITE_SERVER%\SMS_EXECUTIVE
service \\%SITE_SERVER%\SMS_SQL_MONITOR
sleep 60

[Tasks]
# SMS began with this line; here it is left out, because nothing is deleted by a control file.
rmdir BACKUP_DESTINATION

db   SITE_DB_SERVER_DEST\SMSbkSQLDBsite.dat "%SystemDrive%\Program Files\Microsoft SQL Server\Client SDK\ODBC\170\Tools\Binn\SQLCMD.EXE" -b -Q "BACKUP DATABASE [SITE_DB_NAME] TO DISK = N'SITE_DB_SERVER_DEST\SMSbkSQLDBsite.dat' WITH INIT, CHECKSUM; RESTORE VERIFYONLY FROM DISK = N'SITE_DB_SERVER_DEST\SMSbkSQLDBsite.dat' WITH CHECKSUM"
reg  \\SITE_SERVER\HKEY_LOCAL_MACHINE\Software\Microsoft\SMS SITE_SERVER_DEST\SMSbkSiteRegSMS.dat
reg  \\SITE_SERVER\HKEY_LOCAL_MACHINE\Software\Microsoft\NAL SITE_SERVER_DEST\SMSbkSiteRegNAL.dat
file SITE_SERVER_ROOT_DIR SITE_SERVER_DEST\SMSServer
machinfo \\SITE_SERVER SITE_SERVER_DEST\SMSbkSiteConfigNT.json

# A site without software metering: this block is switched off.
#stop
meteringdbdump METERING_DB_SERVER METERING_DB_NAME METERING_DB_SERVER_DEST\SMSbkSQLDBlicense.dat
#start

[Start]
service \\%SITE_SERVER%\SMS_SQL_MONITOR
service \\%SITE_SERVER%\SMS_SITE_COMPONENT_MANAGER
service \\%SITE_SERVER%\SMS_EXECUTIVE

# Not of SMS 2.0: how a restore in place loads the database, and what is checked before.
[Restore]
check SITE_DB_SERVER_DEST\SMSbkSQLDBsite.dat "%SystemDrive%\Program Files\Microsoft SQL Server\Client SDK\ODBC\170\Tools\Binn\SQLCMD.EXE" -b -Q "RESTORE VERIFYONLY FROM DISK = N'SITE_DB_SERVER_DEST\SMSbkSQLDBsite.dat' WITH CHECKSUM"
db    SITE_DB_SERVER_DEST\SMSbkSQLDBsite.dat "%SystemDrive%\Program Files\Microsoft SQL Server\Client SDK\ODBC\170\Tools\Binn\SQLCMD.EXE" -b -Q "RESTORE DATABASE [SITE_DB_NAME] FROM DISK = N'SITE_DB_SERVER_DEST\SMSbkSQLDBsite.dat' WITH REPLACE, CHECKSUM"
